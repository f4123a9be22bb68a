"""Compares a course package, and the checkpoint that it was made of, with what this library computed:

    python course_package.py PACKAGE CHECKPOINT CASES

PACKAGE is an unzipped package. CASES is a JSON file, a list of {"image", "logits", "trainIds"}: paths of
an image, of our logits as float32 [h, w, K] and of our train ids at the image's size as uint8 [H, W].
Prints as JSON by how much logits differ at most, for each class, and how many pixels have the same
class, by the package and by the checkpoint.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

package, checkpoint, cases = sys.argv[1:]
sys.path.insert(0, package)
from model import Model  # noqa: E402
from process_data import postprocess, preprocess  # noqa: E402

submitted, resumed = Model().eval(), Model().eval()
submitted.load_state_dict(torch.load(Path(package, "model.pth")))
resumed.load_state_dict(load_file(checkpoint))

greatest, same, same_of_checkpoint, pixels = 0, 0, 0, 0
for case in json.loads(Path(cases).read_text()):
    image = Image.open(case["image"])
    shape = image.size[::-1]
    batch = preprocess(image)
    with torch.inference_mode():
        logits, others = submitted(batch), resumed(batch)
    ours = np.fromfile(case["logits"], np.float32).reshape(*batch.shape[2:], -1)
    difference = np.abs(logits[0].permute(1, 2, 0).numpy() - ours).max(axis=(0, 1))
    greatest = np.maximum(greatest, difference)
    train_ids = np.fromfile(case["trainIds"], np.uint8).reshape(shape)
    same += (postprocess(logits, shape) == train_ids).sum()
    same_of_checkpoint += (postprocess(others, shape) == train_ids).sum()
    pixels += train_ids.size

print(json.dumps({
    "logits": greatest.tolist(),
    "package": float(same / pixels),
    "checkpoint": float(same_of_checkpoint / pixels),
}))
