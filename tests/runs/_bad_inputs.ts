import { encode } from "fast-png";
import { join } from "node:path";
import sharp from "sharp";
import { encodeSafetensors } from "../../lib/mod.ts";
import { type Project, TINY } from "./_project.ts";

/** Something that a person may do wrong, and what the command then says. */
export interface BadInput {
  /** What is wrong. */
  name: string;
  task: "train" | "evaluate" | "predict" | "prepare";
  args: string[];
  /** What the message on the standard error contains. */
  message: string;
  /** 2 is wrong usage. */
  code: 1 | 2;
  /** Makes what is wrong; it is given a copy of the scenes in `broken`, and of the run in `hurt`. */
  spoil?: (project: Project) => Promise<unknown>;
  env?: Record<string, string>;
}

const IMAGE = "broken/leftImg8bit/train/ahornfeld/ahornfeld_000000_000019_leftImg8bit.png";
const LABELS = "broken/gtFine/train/ahornfeld/ahornfeld_000000_000019_gtFine_labelIds.png";
const SIZE = { width: 64, height: 32 };
const PIXELS = SIZE.width * SIZE.height;

const write = (path: string, data: string | Uint8Array) => (project: Project) =>
  typeof data === "string"
    ? Deno.writeTextFile(project.path(path), data)
    : Deno.writeFile(project.path(path), data);
const remove = (path: string) => (project: Project) =>
  Deno.remove(project.path(path), { recursive: true });
const cut = (path: string) => async (project: Project) => {
  const { size } = await Deno.stat(project.path(path));
  await Deno.truncate(project.path(path), Math.floor(size / 2));
};
/** Writes greyscale labels of one id, but for the pixel at x 3, y 2. */
const labels = (id: number, size = SIZE) => (project: Project) => {
  const data = new Uint8Array(size.width * size.height).fill(7);
  data[2 * size.width + 3] = id;
  return write(LABELS, encode({ ...size, channels: 1, data }))(project);
};

const BROKEN = ["--data", "cityscapes", "--root", "broken", "--size", "64x32"];
const camvid = (...folders: string[]) => async (project: Project) => {
  const pixels = new Uint8Array(PIXELS * 3);
  const image = await sharp(pixels, { raw: { ...SIZE, channels: 3 } }).png().toBuffer();
  for (const folder of folders) {
    await Deno.mkdir(project.path("camvid", folder), { recursive: true });
    await write(join("camvid", folder, "0001.png"), image)(project);
  }
};
const CAMVID = ["--data", "camvid", "--root", "camvid", "--size", "64x32"];
const HURT = ["--run", "hurt"];
const PREDICT = ["--images", "scenes/leftImg8bit/val", "--out", "out"];
const LAST = "data/runs/hurt/checkpoints/last.safetensors";
const BEST = "data/runs/hurt/checkpoints/best.safetensors";

const usage = (
  task: BadInput["task"],
  name: string,
  args: string[],
  message: string,
): BadInput => ({ name, task, args, message, code: 2 });

const WRONG_USAGE: BadInput[] = [
  usage("train", "an unknown option", ["--widht", "8"], "unknown option '--widht'"),
  usage("train", "an argument that is no option", ["camvid"], "too many arguments"),
  usage(
    "train",
    "an option without its value",
    ["--width"],
    "option '--width <n>' argument missing",
  ),
  usage(
    "train",
    "a dataset that there is not",
    ["--data", "kitti"],
    "'--data <name>' argument 'kitti'",
  ),
  usage(
    "train",
    "a model that there is not",
    ["--model", "vit"],
    "'--model <name>' argument 'vit'",
  ),
  usage("train", "a size without a height", ["--size", "256"], "'--size <WxH>' argument '256'"),
  usage("train", "half an epoch", ["--epochs", "1.5"], "'--epochs <n>' argument '1.5'"),
  usage("train", "no minutes", ["--minutes", "0"], "'--minutes <m>' argument '0'"),
  usage("train", "an empty batch", ["--batch", "0"], "'--batch <n>' argument '0'"),
  usage("train", "a learning rate in words", ["--lr", "fast"], "'--lr <rate>' argument 'fast'"),
  usage(
    "train",
    "an augmentation that there is not",
    ["--augment", "mirror", "blur"],
    "'--augment <names...>' argument 'blur'",
  ),
  usage(
    "train",
    "an augmentation and none",
    ["--augment", "none", "zoom"],
    "--augment none excludes all others",
  ),
  usage("train", "no name of an augmentation", ["--augment"], "argument missing"),
  usage("train", "--resume without a run", ["--resume"], "--resume needs --run <name>"),
  usage(
    "train",
    "--resume with another option than the run's",
    ["--run", "base", "--resume", "--width", "8"],
    "--width cannot be changed on --resume",
  ),
  usage("evaluate", "nothing to score", [], "give --run <name> or --predictions <folder>"),
  usage(
    "evaluate",
    "two things to score",
    ["--run", "base", "--predictions", "out"],
    "--run and --predictions exclude each other",
  ),
  usage("evaluate", "predictions of which dataset?", ["--predictions", "x"], "needs --data <name>"),
  usage(
    "evaluate",
    "a run on another dataset",
    ["--run", "base", "--data", "camvid"],
    "the run base was trained on cityscapes, not camvid",
  ),
  usage("predict", "no run", PREDICT, "required option '--run <name>' not specified"),
  usage("predict", "an unknown format", ["--as", "rgb"], "'--as <format>' argument 'rgb'"),
  usage("prepare", "an unknown way", ["--images", "cubic"], "'--images <how>' argument 'cubic'"),
];

const BAD_DATASETS: BadInput[] = [
  {
    name: "no dataset",
    task: "train",
    args: ["--data", "cityscapes", "--root", "nowhere"],
    message: "Cannot read the split train of cityscapes: expected nowhere/leftImg8bit/train",
    code: 1,
  },
  {
    name: "no such split",
    task: "train",
    args: [...TINY, "--val", "dev"],
    message: "Cannot read the split dev of cityscapes: expected scenes/leftImg8bit/dev",
    code: 1,
  },
  {
    name: "a split without labels",
    task: "train",
    args: [...BROKEN, "--val", "test"],
    spoil: (project) =>
      Deno.rename(project.path("broken/leftImg8bit/val"), project.path("broken/leftImg8bit/test")),
    message: "Cannot validate on the split test of cityscapes: it has no labels",
    code: 1,
  },
  {
    name: "images whose labels were not extracted",
    task: "train",
    args: BROKEN,
    spoil: remove("broken/gtFine"),
    message: "ahornfeld_000000_000019_leftImg8bit.png has no labels ahornfeld_000000_000019",
    code: 1,
  },
  {
    name: "an image without its labels",
    task: "train",
    args: BROKEN,
    spoil: remove(LABELS),
    message: "ahornfeld_000000_000019_leftImg8bit.png has no labels ahornfeld_000000_000019",
    code: 1,
  },
  {
    name: "labels without their image",
    task: "train",
    args: BROKEN,
    spoil: remove(IMAGE),
    message: "ahornfeld_000000_000019_gtFine_labelIds.png has no image ahornfeld_000000_000019",
    code: 1,
  },
  {
    name: "no CamVid",
    task: "prepare",
    args: CAMVID,
    message:
      "CamVid's split train: expected images in camvid/train and labels in camvid/trainannot",
    code: 1,
  },
  {
    name: "CamVid's images alone",
    task: "prepare",
    args: CAMVID,
    spoil: camvid("train"),
    message: "Cannot read CamVid's split train: camvid/train/0001.png has no labels 0001",
    code: 1,
  },
  {
    name: "CamVid's labels in colours",
    task: "prepare",
    args: CAMVID,
    spoil: camvid("train", "trainannot"),
    message: "Cannot read the labels camvid/trainannot/0001.png: expected a PNG with one channel",
    code: 1,
  },
  {
    name: "drawn scenes of another size in the folder",
    task: "prepare",
    args: ["--root", "scenes", "--frame-size", "32x16"],
    message: "Cannot draw into scenes: expected a data set drawn with",
    code: 1,
  },
];

const BAD_FILES: BadInput[] = [
  {
    name: "an image that is a text",
    task: "prepare",
    args: BROKEN,
    spoil: write(IMAGE, "no image"),
    message: `Cannot read the image ${IMAGE}: `,
    code: 1,
  },
  {
    name: "an empty image",
    task: "prepare",
    args: BROKEN,
    spoil: write(IMAGE, ""),
    message: `Cannot read the image ${IMAGE}: `,
    code: 1,
  },
  {
    name: "an image that is cut short",
    task: "train",
    args: [...BROKEN, "--depth", "2", "--run", "new"],
    spoil: cut(IMAGE),
    message: `Cannot read the image ${IMAGE}: `,
    code: 1,
  },
  {
    name: "labels that are cut short",
    task: "prepare",
    args: BROKEN,
    spoil: cut(LABELS),
    message: `Cannot read the labels ${LABELS}: `,
    code: 1,
  },
  {
    name: "labels that are a text",
    task: "prepare",
    args: BROKEN,
    spoil: write(LABELS, "a text that is longer than the header of a PNG image"),
    message: `Cannot read the labels ${LABELS}: `,
    code: 1,
  },
  {
    name: "an unknown label id",
    task: "prepare",
    args: BROKEN,
    spoil: labels(34),
    message: `Cannot use the labels ${LABELS}: unknown label id 34 at x 3, y 2`,
    code: 1,
  },
  {
    name: "labels of another size than the image",
    task: "prepare",
    args: BROKEN,
    spoil: labels(7, { width: 32, height: 16 }),
    message: `Cannot prepare ${IMAGE}: it is 64x32, its labels ${LABELS} are 32x16`,
    code: 1,
  },
  {
    name: "labels in colours",
    task: "prepare",
    args: BROKEN,
    spoil: write(LABELS, encode({ ...SIZE, channels: 3, data: new Uint8Array(PIXELS * 3) })),
    message:
      `Cannot read the labels ${LABELS}: expected a PNG with one channel of ids or a palette`,
    code: 1,
  },
];

const BAD_RUNS: BadInput[] = [
  {
    name: "a size that the depth does not divide",
    task: "train",
    args: ["--size", "100x50"],
    message:
      "Cannot train a U-Net of depth 4 at 100x50: expected a width and a height that 16 divides",
    code: 1,
  },
  {
    name: "a batch larger than the set",
    task: "train",
    args: [...TINY, "--batch", "20"],
    message: "Cannot train with batches of 20: the split train has 12 frames",
    code: 1,
  },
  {
    name: "a run that is there already",
    task: "train",
    args: [...TINY, "--run", "base"],
    message: "Cannot start the run base: data/runs/base is there already",
    code: 1,
  },
  {
    name: "a run's name with folders",
    task: "train",
    args: [...TINY, "--run", "../base"],
    message: 'Cannot call a run "../base"',
    code: 1,
  },
  {
    name: "a file where runs should go",
    task: "train",
    args: [...TINY, "--run", "new", "--runs", "deno.lock"],
    message: "Cannot write the run deno.lock/new: ",
    code: 1,
  },
  {
    name: "a last checkpoint that is gone",
    task: "train",
    args: [...HURT, "--resume", "--epochs", "3"],
    spoil: remove(LAST),
    message: `Cannot load ${LAST}: there is no such file`,
    code: 1,
  },
  {
    name: "a file in place of the checkpoints",
    task: "train",
    args: [...HURT, "--resume", "--epochs", "3"],
    spoil: async (project) => {
      await remove("data/runs/hurt/checkpoints")(project);
      await write("data/runs/hurt/checkpoints", "")(project);
    },
    message: `Cannot load ${LAST}: Not a directory`,
    code: 1,
  },
  {
    name: "a loss that is no number",
    task: "train",
    args: [...TINY, "--epochs", "1", "--optimizer", "sgd", "--lr", "1e30", "--run", "new"],
    message: "Cannot go on training: the loss is ",
    code: 1,
  },
  {
    name: "no GPU",
    task: "train",
    args: [...TINY, "--run", "new", "--device", "gpu"],
    env: { PATH: Deno.execPath().replace(/\/deno$/, "") },
    message: "Cannot compute on a GPU: nvidia-smi finds none",
    code: 1,
  },
  {
    name: "no TensorFlow where the variable says",
    task: "train",
    args: [...TINY, "--run", "new"],
    env: { DENOSCAPES_TENSORFLOW: "nowhere" },
    message: "Cannot find TensorFlow",
    code: 1,
  },
  {
    name: "--json to a folder",
    task: "evaluate",
    args: ["--run", "base", "--json", "data"],
    message: "Cannot write --json data: ",
    code: 1,
  },
  {
    name: "no such run to go on with",
    task: "train",
    args: ["--run", "none", "--resume"],
    message: "Cannot open the run none: there is no folder data/runs/none",
    code: 1,
  },
  {
    name: "a config that is cut short",
    task: "train",
    args: [...HURT, "--resume"],
    spoil: cut("data/runs/hurt/config.json"),
    message: "Cannot read the config data/runs/hurt/config.json: ",
    code: 1,
  },
  {
    name: "a config with a wrong entry",
    task: "evaluate",
    args: HURT,
    spoil: async (project) => {
      const path = project.path("data/runs/hurt/config.json");
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace(/"depth": \d+/, '"depth": "two"'));
    },
    message: "Cannot read the config data/runs/hurt/config.json: model.depth: ",
    code: 1,
  },
  {
    name: "a checkpoint that is cut short",
    task: "train",
    args: [...HURT, "--resume", "--epochs", "3"],
    spoil: cut(LAST),
    message: `Cannot load ${LAST}: it is cut short`,
    code: 1,
  },
  {
    name: "a best checkpoint that is cut short",
    task: "predict",
    args: [...HURT, ...PREDICT],
    spoil: cut(BEST),
    message: `Cannot load ${BEST}: it is cut short`,
    code: 1,
  },
  {
    name: "no checkpoint",
    task: "predict",
    args: [...HURT, ...PREDICT],
    spoil: remove(BEST),
    message: `Cannot load ${BEST}: there is no such file`,
    code: 1,
  },
  {
    name: "a checkpoint of another model",
    task: "evaluate",
    args: HURT,
    spoil: write(
      BEST,
      encodeSafetensors({
        tensors: new Map([["fc.weight", { data: new Float32Array(6), shape: [2, 3] }]]),
        metadata: {},
      }),
    ),
    message: `Cannot load ${BEST}: it is of another model, which has fc.weight`,
    code: 1,
  },
  {
    name: "a run of another width",
    task: "evaluate",
    args: HURT,
    spoil: async (project) => {
      const path = project.path("data/runs/hurt/config.json");
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace('"width": 4', '"width": 8'));
    },
    message: `Cannot load ${BEST}: it is of another model: d.0.0.weight is [4, 3, 3, 3], expected`,
    code: 1,
  },
];

const BAD_PREDICTIONS: BadInput[] = [
  {
    name: "no images",
    task: "predict",
    args: ["--run", "base", "--images", "nowhere", "--out", "out"],
    message: "Cannot predict: there is no folder nowhere",
    code: 1,
  },
  {
    name: "a folder without images",
    task: "predict",
    args: ["--run", "base", "--images", "tasks", "--out", "out"],
    message: "Cannot predict: there is no image in tasks",
    code: 1,
  },
  {
    name: "an image to predict that is cut short",
    task: "predict",
    args: ["--run", "base", "--images", "broken/leftImg8bit/train", "--out", "out"],
    spoil: cut(IMAGE),
    message: `Cannot read the image ${IMAGE}: `,
    code: 1,
  },
  {
    name: "a file where predictions should go",
    task: "predict",
    args: ["--run", "base", "--images", "scenes/leftImg8bit/val", "--out", "deno.lock"],
    message: "Cannot write the prediction deno.lock/ulmenrode/ulmenrode_000000_000019_leftImg8bit",
    code: 1,
  },
  {
    name: "predictions over the images",
    task: "predict",
    args: ["--run", "base", "--images", "broken/leftImg8bit", "--out", "broken/leftImg8bit/"],
    message: "Cannot predict into broken/leftImg8bit/: broken/leftImg8bit/train/",
    code: 1,
  },
  {
    name: "no folder of predictions",
    task: "evaluate",
    args: ["--predictions", "nowhere", "--data", "cityscapes", "--root", "scenes"],
    message: "Cannot score the predictions in nowhere: expected a folder there, got none",
    code: 1,
  },
  {
    name: "predictions of other frames",
    task: "evaluate",
    args: ["--predictions", "broken/gtFine/train", "--data", "cityscapes", "--root", "broken"],
    message: "3 frames without a prediction: ulmenrode_000000_000019",
    code: 1,
  },
  {
    name: "a prediction with an unknown label id",
    task: "evaluate",
    args: [
      ...["--predictions", "broken/gtFine/train", "--data", "cityscapes", "--root", "scenes"],
      ...["--split", "train"],
    ],
    spoil: labels(77),
    message: `Cannot use the labels ${LABELS}: unknown label id 77 at x 3, y 2`,
    code: 1,
  },
];

/** All of them. */
export const BAD_INPUTS: readonly BadInput[] = [
  ...WRONG_USAGE,
  ...BAD_DATASETS,
  ...BAD_FILES,
  ...BAD_RUNS,
  ...BAD_PREDICTIONS,
];
