"""Scores label images with cityscapesScripts, the benchmark's own program.

    python3 -m venv venv
    venv/bin/pip install "numpy<2.4" pillow cityscapesscripts
    venv/bin/python tests/golden/make_scores.py [FOLDER] [--out OUT]

Writes scores.json: small images drawn by the formulas below. With the FOLDER of Cityscapes, of which
the tests use the frames of `train` that are there, it writes scores_real.json too: real label images
and predictions made from them. The tests draw the same images by the same formulas
(tests/metrics/_drawn_labels.ts), so that no image needs to be stored.

cityscapesScripts is run as it is, its pure Python path; its instance scores want a function that numpy
2.4 no longer has (`np.in1d`). Its pixel accuracy counts void pixels instead of the others; the one
here is numpy's. License plates (id -1) are in no 8-bit image. Real frames have no instance ids where
the tests run: they are made of the connected components of the classes that have instances.
"""

import argparse
import json
import math
import tempfile
from collections import deque
from pathlib import Path

import numpy as np
from PIL import Image
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as benchmark
from cityscapesscripts.helpers.labels import id2label, trainId2label

HERE = Path(__file__).parent
WIDTH, HEIGHT, FRAMES = 64, 32, 3
EVALUATED = [trainId2label[train_id].id for train_id in range(19)]
WITH_INSTANCES = [id for id in range(34) if id2label[id].hasInstances]
VOID = [id for id in range(34) if id2label[id].ignoreInEval]
# Truck and train are nowhere, bus is in predictions only.
PREDICTED = [id for id in range(34) if id not in (27, 31)]
TRUE = [id for id in PREDICTED if id != 28]


def mixed(size, seed):
    """A pseudo-random uint32 for each pixel: x, y and seed mixed by multiplications and shifts."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    seeded = (x * np.uint64(374761393) + y * np.uint64(668265263) + np.uint64(seed * 2246822519)) & mask
    folded = ((seeded ^ (seeded >> np.uint64(13))) * np.uint64(1274126177)) & mask
    return folded ^ (folded >> np.uint64(16))


def pick(ids, numbers):
    return np.array(ids, np.uint8)[numbers % np.uint64(len(ids))]


def blocks(ids, seed):
    """Blocks of 4x4 pixels of ids."""
    small = pick(ids, mixed((WIDTH // 4, HEIGHT // 4), seed))
    return small.repeat(4, axis=0).repeat(4, axis=1)


def noisy(truth, seed, ids, one_in):
    """The truth, with one in so many pixels replaced by one of the ids."""
    height, width = truth.shape
    replaced = mixed((width, height), seed) % np.uint64(one_in) == 0
    return np.where(replaced, pick(ids, mixed((width, height), seed + 1)), truth)


def small_cases():
    """Truth and predictions of three frames a case."""
    frames = range(FRAMES)
    truth = [blocks(TRUE, frame) for frame in frames]
    few = [blocks([0, 7, 8, 23], 500 + frame) for frame in frames]
    return {
        "random": (truth, [pick(PREDICTED, mixed((WIDTH, HEIGHT), 100 + f)) for f in frames]),
        "noisy": (truth, [noisy(truth[f], 200 + 2 * f, PREDICTED, 5) for f in frames]),
        "void": (truth, [noisy(truth[f], 300 + 2 * f, VOID, 3) for f in frames]),
        "few": (few, [blocks([7, 9, 26], 600 + f) for f in frames]),
        "allVoid": ([np.zeros((HEIGHT, WIDTH), np.uint8)] * FRAMES, truth),
    }


def real_cases(folder):
    """The real label images of Cityscapes and predictions made from them."""
    paths = sorted(Path(folder, "gtFine", "train").glob("*/*_gtFine_labelIds.png"))
    truth = [np.array(Image.open(path)) for path in paths]
    random = [pick(PREDICTED, mixed(ids.shape[::-1], 700 + f)) for f, ids in enumerate(truth)]
    return {
        "random": (truth, random),
        "road": (truth, [np.full_like(ids, 7) for ids in truth]),
        "noisy": (truth, [noisy(ids, 2 * f, PREDICTED, 10) for f, ids in enumerate(truth)]),
        # By 40 pixels to the right and 20 down, what leaves the image coming in again.
        "shifted": (truth, [np.roll(ids, (20, 40), axis=(0, 1)) for ids in truth]),
    }


def tiles(labels):
    """Instance ids of drawn labels: what lies in a tile of 8x8 pixels is one object."""
    y, x = np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]]
    number = y // 8 * (labels.shape[1] // 8) + x // 8
    return with_instances(labels, number)


def components(labels):
    """Instance ids of real labels: areas that touch by sides, numbered by label from top left."""
    height, width = labels.shape
    number = np.full(labels.shape, -1)
    count = dict.fromkeys(WITH_INSTANCES, 0)
    for y, x in np.argwhere(np.isin(labels, WITH_INSTANCES)):
        if number[y, x] >= 0:
            continue
        label = labels[y, x]
        number[y, x] = count[label]
        queue = deque([(y, x)])
        while queue:
            y, x = queue.popleft()
            for to in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                inside = 0 <= to[0] < height and 0 <= to[1] < width
                if inside and labels[to] == label and number[to] < 0:
                    number[to] = count[label]
                    queue.append(to)
        count[label] += 1
    assert max(count.values()) < 1000
    return with_instances(labels, number)


def with_instances(labels, number):
    ids = labels.astype(np.int32)
    return np.where(np.isin(labels, WITH_INSTANCES), ids * 1000 + number, ids).astype(np.uint16)


def evaluate(truth, predicted):
    """What cityscapesScripts says of label images, given by their paths; its NaN is null."""
    args = benchmark.args
    args.evalInstLevelScore, args.quiet = True, True
    args.evalPixelAccuracy = args.JSONOutput = False
    result = benchmark.evaluateImgLists(predicted, truth, args)
    plain = lambda value: value.tolist() if isinstance(value, np.generic) else value
    clean = lambda value: (
        {key: clean(entry) for key, entry in value.items()}
        if isinstance(value, dict)
        else None if isinstance(value, float) and math.isnan(value) else plain(value)
    )
    return clean(result)


def score(truth, predicted, instances):
    """The same in the words of our Scores, and as it is."""
    with tempfile.TemporaryDirectory() as folder:
        save = lambda name, image: Image.fromarray(image).save(f"{folder}/{name}.png", compress_level=1)
        for frame, images in enumerate(zip(truth, predicted)):
            save(f"{frame}_labelIds", images[0])
            save(f"{frame}_instanceIds", instances(images[0]))
            save(f"{frame}_prediction", images[1])
        paths = lambda kind: [f"{folder}/{frame}_{kind}.png" for frame in range(len(truth))]
        result = evaluate(paths("labelIds"), paths("prediction"))
    counts = np.array(result["confMatrix"])[EVALUATED]
    others = counts.sum(axis=1) - counts[:, EVALUATED].sum(axis=1)
    scores = lambda values, names: {name: values[name] for name in names}
    have = [id2label[id] for id in WITH_INSTANCES if not id2label[id].ignoreInEval]
    pairs = np.concatenate([np.stack([t.ravel(), p.ravel()]) for t, p in zip(truth, predicted)], axis=1)
    valid = np.isin(pairs[0], EVALUATED)
    return {
        "miou": result["averageScoreClasses"],
        "iou": scores(result["classScores"], [id2label[id].name for id in EVALUATED]),
        "categoryIou": scores(result["categoryScores"], [c for c in result["categoryScores"] if c != "void"]),
        "meanCategoryIou": result["averageScoreCategories"],
        "instanceIou": {
            "classes": scores(result["classInstScores"], [label.name for label in have]),
            "categories": scores(result["categoryInstScores"], ["human", "vehicle"]),
        },
        "pixelAccuracy": float((pairs[0] == pairs[1])[valid].mean()) if valid.any() else None,
        "confusionMatrix": np.column_stack([counts[:, EVALUATED], others]).tolist(),
        # Rows as text keep the file short.
        "official": {**result, "confMatrix": [" ".join(map(str, row)) for row in result["confMatrix"]]},
    }


def write(path, cases, instances):
    scores = {case: score(*images, instances) for case, images in cases.items()}
    path.write_text(json.dumps(scores) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    write(arguments.out / "scores.json", small_cases(), tiles)
    if arguments.folder:
        write(arguments.out / "scores_real.json", real_cases(arguments.folder), components)
