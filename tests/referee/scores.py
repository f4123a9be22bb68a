"""Scores label images with cityscapesScripts:

    python scores.py FOLDER KIND...

FOLDER has FRAME_labelIds.png and FRAME_instanceIds.png, and for each kind of prediction
FRAME_KIND.png. Prints the results by kind as JSON.
"""

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "golden"))
from make_scores import evaluate  # noqa: E402

folder, *kinds = sys.argv[1:]
truth = sorted(str(path) for path in Path(folder).glob("*_labelIds.png"))
predicted = {kind: [path.replace("_labelIds", f"_{kind}") for path in truth] for kind in kinds}
print(json.dumps({kind: evaluate(truth, paths) for kind, paths in predicted.items()}))
