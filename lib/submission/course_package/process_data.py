"""What happens before the model and after it, as in training."""

import numpy as np
import torch
from PIL import Image

SIZE = (256, 128)  # width, height
IMAGES = "nearest"  # how images are brought to that size: nearest or area


def preprocess(img):
    """From a PIL image of any size to a batch of one, [1, 3, h, w], RGB in 0..1."""
    img = img.convert("RGB")
    if IMAGES == "nearest":
        pixels = np.asarray(img.resize(SIZE, Image.NEAREST))
    else:
        pixels = average(np.asarray(img, np.float32))
    return torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255


def postprocess(prediction, shape):
    """From logits [1, K, h, w] to train ids at the image's own size, shape = (H, W), as [H, W]."""
    logits = torch.nn.functional.interpolate(prediction, size=tuple(shape[:2]), mode="bilinear")
    return logits.argmax(1)[0].cpu().numpy().astype(np.uint8)


def average(pixels):
    """Averages [H, W, 3] over the area that each new pixel covers."""
    width, height = SIZE
    rows, columns = shares(pixels.shape[0], height), shares(pixels.shape[1], width)
    averaged = np.einsum("yh,hwc,xw->yxc", rows, pixels, columns, optimize=True)
    return np.floor(averaged + 0.501).astype(np.uint8)  # halves go up, whatever the last bits


def shares(old, new):
    """[new, old]: how much of each new pixel each old one covers; a row adds up to 1."""
    edges = np.arange(new + 1) * (old / new)
    first, last = edges[:-1, None], edges[1:, None]
    pixels = np.arange(old)
    covered = np.minimum(last, pixels + 1) - np.maximum(first, pixels)
    return (np.clip(covered, 0, 1) / (last - first)).astype(np.float32)
