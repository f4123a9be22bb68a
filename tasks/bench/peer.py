"""What the bench compares with: PyTorch, Pillow, torchvision and cityscapesScripts.

Each call measures one thing and prints one line of JSON with the milliseconds of its repetitions:
  peer.py train  WIDTH BATCH SECONDS cpu|gpu fp32|tf32|bf16 [channels_last] [compile]
  peer.py infer  WIDTH BATCH IMAGE_WIDTH IMAGE_HEIGHT SECONDS FOLDER cpu|gpu fp32|tf32|bf16
                 [channels_last] [compile]
  peer.py prepare  pillow|torchvision FOLDER
  peer.py evaluate TRUTH PREDICTIONS
  peer.py peak PROGRAM ARGUMENTS...   runs a program, then prints its peak memory in MB
"""

import json
import multiprocessing
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "lib" / "submission" / "course_package"))

HEIGHT, WIDTH, CLASSES, VOID = 128, 256, 19, 255
WARM_UP = 2


def measured(step, seconds):
    """Milliseconds of each step after a warm-up, for some seconds and three steps at least."""
    for index in range(WARM_UP):
        step()
        if index == 0:
            print("first", flush=True)
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def device_for(device, precision):
    """The device, with its precision set."""
    import torch

    is_rounded = precision != "fp32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = is_rounded
    # It tries the convolutions that cuDNN has, as TensorFlow does by itself.
    torch.backends.cudnn.benchmark = True
    return torch.device("cuda" if device == "gpu" else "cpu")


def laid_out(flags, model, images):
    import torch

    if "channels_last" in flags:
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    return torch.compile(model) if "compile" in flags else model, images


def train(base, batch, seconds, device, precision, *flags):
    import torch
    from model import Model

    device = device_for(device, precision)
    model = Model(CLASSES, int(base)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    criterion = torch.nn.CrossEntropyLoss(ignore_index=VOID)
    model, images = laid_out(flags, model, torch.rand(int(batch), 3, HEIGHT, WIDTH, device=device))
    labels = torch.randint(0, CLASSES, (int(batch), HEIGHT, WIDTH), device=device)
    labels[:, :8] = VOID

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return measured(step, float(seconds))


def infer(base, batch, width, height, seconds, folder, device, precision, *flags):
    import numpy
    import torch
    from PIL import Image
    from model import Model

    shape = int(batch), int(height), int(width), 3
    pixels = numpy.random.default_rng(0).integers(0, 256, shape, numpy.uint8)
    ids = numpy.arange(7, 7 + CLASSES, dtype=numpy.uint8)
    device = device_for(device, precision)
    model = Model(CLASSES, int(base)).eval().to(device)
    model, _ = laid_out(flags, model, torch.zeros(1, 3, 16, 16))

    @torch.inference_mode()
    def step():
        images = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div(255)
        if "channels_last" in flags:
            images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            predicted = model(images).argmax(1)
        for index, train_ids in enumerate(predicted.cpu().numpy()):
            Image.fromarray(ids[train_ids]).save(Path(folder) / f"peer_{index}.png")

    return measured(step, float(seconds))


def prepare_with_pillow(paths):
    import numpy
    from PIL import Image

    size = (WIDTH, HEIGHT)
    return [numpy.asarray(Image.open(path).resize(size, Image.NEAREST)) for path in paths]


def prepare_with_torchvision(paths):
    import torch
    from torchvision.io import decode_image
    from torchvision.transforms.functional import InterpolationMode, resize

    torch.set_num_threads(1)
    nearest = InterpolationMode.NEAREST_EXACT
    return [resize(decode_image(str(path)), [HEIGHT, WIDTH], nearest).numpy() for path in paths]


def prepare(how, folder):
    images = sorted(Path(folder).glob("leftImg8bit/train/*/*.png"))
    labels = sorted(Path(folder).glob("gtFine/train/*/*_labelIds.png"))
    pairs = list(zip(images, labels))
    work = {"pillow": prepare_with_pillow, "torchvision": prepare_with_torchvision}[how]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(work, pairs[:2])  # imports
        start = time.perf_counter()
        pool.map(work, pairs)
        return [(time.perf_counter() - start) * 1e3]


def evaluate(truth, predictions):
    import numpy

    numpy.float = float  # cityscapesScripts still uses the old name
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official

    if not official.CSUPPORT:
        print("its Cython extension is not built", file=sys.stderr)
    official.args.quiet = True
    official.args.JSONOutput = False
    truths = sorted(map(str, Path(truth).glob("*/*_labelIds.png")))
    predicted = sorted(map(str, Path(predictions).glob("**/*.png")))
    start = time.perf_counter()
    scores = official.evaluateImgLists(predicted, truths, official.args)
    times = [(time.perf_counter() - start) * 1e3]
    means = scores["averageScoreClasses"], scores["averageScoreInstClasses"]
    print("mean IoU %.9f, mean iIoU %.9f" % means, file=sys.stderr)
    return times


def peak(*program):
    code = subprocess.run(program, check=False).returncode
    print(json.dumps({"peakMb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))
    sys.exit(code)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "peak":
        peak(*arguments)
    works = {"train": train, "infer": infer, "prepare": prepare, "evaluate": evaluate}
    print(json.dumps({"ms": works[name](*arguments)}))
