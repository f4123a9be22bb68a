"""What the bench compares with: PyTorch, Pillow, torchvision and cityscapesScripts.

Each call measures one thing and prints one line of JSON with the milliseconds of its repetitions:
  peer.py train  WIDTH BATCH SECONDS cpu|gpu fp32|tf32|bf16 FLAGS...
  peer.py infer  WIDTH BATCH IMAGE_WIDTH IMAGE_HEIGHT SECONDS FOLDER WEIGHTS cpu|gpu fp32|tf32|bf16
                 FLAGS...   each channels_last, compile or reduce-overhead, a mode of compile
  peer.py prepare  pillow|torchvision PROCESSES FOLDER
  peer.py evaluate TRUTH PREDICTIONS
  peer.py peak PROGRAM ARGUMENTS...   runs a program, then prints the peak memory of it or of one of
                                      its processes, whichever is the largest, in MB
"""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
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
    if "compile" in flags:
        mode = "reduce-overhead" if "reduce-overhead" in flags else "default"
        model = torch.compile(model, mode=mode)
    return model, images


def train(base, batch, seconds, device, precision, *flags):
    import torch
    from model import Model

    device = device_for(device, precision)
    model = Model(CLASSES, int(base)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    criterion = torch.nn.CrossEntropyLoss(ignore_index=VOID)
    model, images = laid_out(flags, model, torch.rand(int(batch), 3, HEIGHT, WIDTH, device=device))
    labels = torch.randint(0, CLASSES, (int(batch), HEIGHT, WIDTH), device=device)
    labels[:, :8] = VOID

    before = None

    def step():
        nonlocal before
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        # Reading this step's loss would keep a GPU from going on; fit() reads the one before, too.
        if before is not None:
            before.item()
        before = loss.detach()

    return measured(step, float(seconds))


def infer(base, batch, width, height, seconds, folder, weights, device, precision, *flags):
    import numpy
    import torch
    from PIL import Image
    from model import Model
    from safetensors.torch import load_file

    pixels = tiles(int(batch), int(width), int(height))
    ids = numpy.arange(7, 7 + CLASSES, dtype=numpy.uint8)
    device = device_for(device, precision)
    model = Model(CLASSES, int(base)).eval()
    model.load_state_dict(load_file(weights))
    model = model.to(device)
    model, _ = laid_out(flags, model, torch.zeros(1, 3, 16, 16))

    @torch.inference_mode()
    def step():
        images = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div(255)
        if "channels_last" in flags:
            images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            predicted = model(images).argmax(1).to(torch.uint8)
        for index, train_ids in enumerate(predicted.cpu().numpy()):
            Image.fromarray(ids[train_ids]).save(Path(folder) / f"peer_{index}.png")

    return measured(step, float(seconds))


def tiles(batch, width, height):
    """Images [batch, height, width, 3] of tiles, each of one colour; ours.ts makes the same."""
    import numpy

    rows, columns = numpy.arange(height)[:, None] // 64, numpy.arange(width) // 64
    colours = (rows * 37 + columns * 91)[..., None] + numpy.array([0, 53, 106])
    return numpy.broadcast_to((colours % 256).astype(numpy.uint8), (batch, height, width, 3)).copy()


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


def prepare(how, processes, folder):
    images = sorted(Path(folder).glob("leftImg8bit/train/*/*.png"))
    labels = sorted(Path(folder).glob("gtFine/train/*/*_labelIds.png"))
    pairs = list(zip(images, labels))
    work = {"pillow": prepare_with_pillow, "torchvision": prepare_with_torchvision}[how]
    with multiprocessing.get_context("fork").Pool(int(processes)) as pool:
        pool.map(work, pairs[: int(processes)])  # imports
        start = time.perf_counter()
        pool.map(work, pairs)
        return [(time.perf_counter() - start) * 1e3]


def evaluate(truth, predictions):
    import numpy

    numpy.float = float  # cityscapesScripts still uses the old name
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official

    official.args.quiet = True
    official.args.JSONOutput = False
    truths = sorted(map(str, Path(truth).glob("*/*_labelIds.png")))
    predicted = sorted(map(str, Path(predictions).glob("**/*.png")))
    start = time.perf_counter()
    scores = official.evaluateImgLists(predicted, truths, official.args)
    times = [(time.perf_counter() - start) * 1e3]
    names = {"mean IoU": "averageScoreClasses", "mean iIoU": "averageScoreInstClasses"}
    print(json.dumps({"scores": {name: scores[key] for name, key in names.items()}}))
    return times


def peak(*program):
    process, ended = None, False

    def end(*_):
        nonlocal ended
        ended = True
        if process:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except OSError:  # it has ended
                pass

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    process = subprocess.Popen(program, start_new_session=True)
    if ended:
        end()
    code = process.wait()
    end()  # What it left running would slow the next one down.
    if code < 0:
        sys.exit(f"ended by {signal.Signals(-code).name}")
    unit = 1024**2 if sys.platform == "darwin" else 1024
    print(json.dumps({"peakMb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit}))
    sys.exit(code)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "peak":
        peak(*arguments)
    # The bench says for each of its processes what TensorFlow and PyTorch may round to.
    os.environ.pop("NVIDIA_TF32_OVERRIDE", None)
    # What an earlier process compiled would shorten the start of this one.
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.mkdtemp()
    works = {"train": train, "infer": infer, "prepare": prepare, "evaluate": evaluate}
    print(json.dumps({"ms": works[name](*arguments)}))
