"""Makes the golden files of the tests with other people's programs.

    python3 -m venv venv
    venv/bin/pip install torch numpy pillow safetensors cityscapesscripts
    venv/bin/python tests/golden/make_golden.py [--out OUT]
    deno fmt tests/golden
"""

import argparse
import base64
import io
import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

sys.path.append(str(Path(__file__).parents[2] / "lib" / "submission" / "course_package"))
from model import Model  # noqa: E402

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--out", type=Path, default=Path(__file__).parent)
OUT = PARSER.parse_args().out


def write(name, value):
    (OUT / f"{name}.json").write_text(json.dumps(value) + "\n")


def label_table():
    """The label table of cityscapesScripts."""
    from cityscapesscripts.helpers.labels import labels

    return [label._asdict() for label in labels]


def nearest():
    """The source pixels that Pillow's nearest-neighbour resizing picks."""
    sizes = [(2048, 256), (1024, 128), (480, 256), (360, 192), (7, 3), (3, 7), (1000, 333), (333, 1000)]
    cases = []
    for source, target in sizes:
        row = Image.fromarray(np.arange(source, dtype=np.int32)[None, :], mode="I")
        picked = np.array(row.resize((target, 1), Image.NEAREST))[0]
        cases.append({"from": source, "to": target, "picked": picked.tolist()})
    return cases


def batch_normalization():
    """One training step of PyTorch's BatchNorm2d: output, gradients, running statistics."""
    torch.manual_seed(1)
    layer = nn.BatchNorm2d(3)
    nn.init.uniform_(layer.weight)
    nn.init.uniform_(layer.bias)
    x = torch.randn(2, 3, 4, 5, requires_grad=True)
    dy = torch.randn(2, 3, 4, 5)
    gamma, beta = layer.weight.tolist(), layer.bias.tolist()
    y = layer(x)
    y.backward(dy)
    channels_last = lambda t: t.detach().permute(0, 2, 3, 1).flatten().tolist()
    result = {
        "shape": [2, 4, 5, 3],
        "gamma": gamma,
        "beta": beta,
        "x": channels_last(x),
        "dy": channels_last(dy),
        "y": channels_last(y),
        "dx": channels_last(x.grad),
        "dgamma": layer.weight.grad.tolist(),
        "dbeta": layer.bias.grad.tolist(),
        "runningMean": layer.running_mean.tolist(),
        "runningVariance": layer.running_var.tolist(),
    }
    layer.eval()
    result["inference"] = channels_last(layer(x))
    return result


def cross_entropy():
    """PyTorch's cross-entropy with an ignore index, and its gradient."""
    torch.manual_seed(2)
    logits = torch.randn(2, 5, 3, 4, requires_grad=True)
    labels = torch.randint(0, 5, (2, 3, 4))
    labels[0, 0] = 255
    loss = nn.functional.cross_entropy(logits, labels, ignore_index=255)
    loss.backward()
    return {
        "shape": [2, 3, 4, 5],
        "logits": logits.detach().permute(0, 2, 3, 1).flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "loss": loss.item(),
        "gradient": logits.grad.permute(0, 2, 3, 1).flatten().tolist(),
    }


def weighted_cross_entropy():
    """PyTorch's cross-entropy with class weights and an ignore index."""
    case = cross_entropy()
    weights = [0.5, 2.0, 1.0, 0.0, 3.0]
    shape = case["shape"]
    logits = torch.tensor(case["logits"]).reshape(shape).permute(0, 3, 1, 2)
    labels = torch.tensor(case["labels"]).reshape(shape[:3])
    loss = nn.functional.cross_entropy(
        logits, labels, weight=torch.tensor(weights), ignore_index=255
    )
    return {**case, "weights": weights, "loss": loss.item()}


def optimizers():
    """Four steps of PyTorch's Adam and SGD with momentum on given gradients."""
    cases = []
    for name in ("adam", "sgd"):
        torch.manual_seed(3)
        p = torch.randn(6, requires_grad=True)
        start = p.tolist()
        make = {"adam": lambda: torch.optim.Adam([p], 0.01), "sgd": lambda: torch.optim.SGD([p], 0.01, 0.9)}
        optimizer = make[name]()
        gradients, values = [], []
        for _ in range(4):
            p.grad = torch.randn(6)
            gradients.append(p.grad.tolist())
            optimizer.step()
            values.append(p.tolist())
        cases.append({"name": name, "start": start, "gradients": gradients, "values": values})
    return cases


def unets():
    """Parameter counts, names and shapes of the weights, and output shapes, in PyTorch's order."""
    cases = []
    for classes, width, depth in [(19, 16, 4), (19, 64, 4), (11, 16, 4), (19, 8, 2)]:
        model = Model(classes, width, depth)
        cases.append({
            "classes": classes,
            "width": width,
            "depth": depth,
            "parameters": sum(p.numel() for p in model.parameters()),
            "names": sorted(name for name, _ in model.named_parameters()),
            "output": list(model(torch.zeros(2, 3, 32, 64)).permute(0, 2, 3, 1).shape),
        })
    return cases


def unet_small():
    """A U-Net of PyTorch with all its weights in a safetensors file, and its logits."""
    torch.manual_seed(4)
    model = Model(3, width=2, depth=1).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked.fill_(7)
    save_file(model.state_dict(), OUT / "unet_small.safetensors", {"format": "pt"})
    images = torch.rand(2, 3, 4, 6)
    channels_last = lambda t: t.detach().permute(0, 2, 3, 1).flatten().tolist()
    return {
        "classes": 3,
        "width": 2,
        "depth": 1,
        "shape": [2, 4, 6, 3],
        "images": channels_last(images),
        "logits": channels_last(model(images)),
    }


def state_dict():
    """What torch.save writes of that U-Net's weights, the values themselves left out."""
    state = load_file(OUT / "unet_small.safetensors")
    file = io.BytesIO()
    torch.save(OrderedDict((name, tensor.clone()) for name, tensor in state.items()), file)
    archive = zipfile.ZipFile(file)
    pickle = base64.b64encode(archive.read("archive/data.pkl")).decode()
    return {
        "names": list(state),
        "pickle": pickle,
        "sizes": {entry.filename: entry.file_size for entry in archive.infolist()},
    }


def course_package():
    """What the course's package does before the model and after it."""
    import process_data

    random = np.random.default_rng(6)
    text = lambda array: base64.b64encode(array.tobytes()).decode()
    cases = []
    for images, size in [("nearest", (8, 4)), ("area", (8, 4)), ("area", (7, 5))]:
        process_data.IMAGES, process_data.SIZE = images, size
        pixels = random.integers(0, 256, (12, 24, 3), dtype=np.uint8)
        batch = process_data.preprocess(Image.fromarray(pixels))
        logits = torch.tensor(random.standard_normal((1, 5, size[1], size[0])), dtype=torch.float32)
        cases.append({
            "images": images,
            "size": size,
            "pixels": text(pixels),
            "batch": text((batch * 255).round().permute(0, 2, 3, 1).to(torch.uint8).numpy()),
            "logits": text(logits.permute(0, 2, 3, 1).contiguous().numpy()),
            "trainIds": text(process_data.postprocess(logits, (12, 24))),
        })
    return cases


def resizing():
    """Pillow's resizing by nearest neighbour, and by averaging boxes; bytes in base64."""
    random = np.random.default_rng(5)
    text = lambda array: base64.b64encode(array.tobytes()).decode()
    width, height = 30, 12
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    labels = random.integers(0, 34, (height, width), dtype=np.uint8)
    cases = []
    for to in [(10, 4), (6, 12), (7, 5), (29, 11), (41, 17)]:
        resize = lambda array, how: text(np.asarray(Image.fromarray(array).resize(to, how)))
        case = {"size": to, "nearest": resize(image, Image.NEAREST), "labels": resize(labels, Image.NEAREST)}
        # Elsewhere Pillow's boxes hold whole source pixels, not shares of them.
        if width % to[0] == 0 and height % to[1] == 0:
            case["area"] = resize(image, Image.BOX)
        cases.append(case)
    return {
        "width": width,
        "height": height,
        "image": text(image),
        "labels": text(labels),
        "cases": cases,
    }


MAKERS = [
    label_table,
    nearest,
    batch_normalization,
    cross_entropy,
    weighted_cross_entropy,
    optimizers,
    unets,
    unet_small,
    state_dict,
    course_package,
    resizing,
]
for make in MAKERS:
    write(make.__name__, make())
