// Downloads and unpacks a dataset:
//   deno task download [--help]

import { Option } from "commander";
import {
  downloadCamvid,
  downloadCityscapes,
  formatSize,
  type ImageSize,
  openDataset,
  ProgressLine,
  type Resampling,
  RESAMPLINGS,
} from "../lib/mod.ts";
import { choice, command, run, sizeOption, UsageError, wholeNumber } from "./_command.ts";
import { askForCredentials } from "./_credentials.ts";

interface Options {
  data: "cityscapes" | "camvid";
  root?: string;
  gtFine?: string;
  leftImg?: string;
  url?: string;
  split?: string[];
  prepareOnTheFly?: true;
  size: ImageSize;
  images: Resampling;
  keepArchives?: true;
  retries: number;
}

const SPLITS = ["train", "val", "test"];
/** Options that only one dataset has. */
const OF_ONE: Record<Options["data"], (keyof Options)[]> = {
  cityscapes: ["gtFine", "leftImg", "split", "prepareOnTheFly"],
  camvid: ["url"],
};
const ON_THE_FLY: (keyof Options)[] = ["size", "images"];
/** Takes the place of the official site in tests. */
const SITE = "DENOSCAPES_CITYSCAPES_SITE";

const downloading = command(
  "download",
  "Downloads a dataset and unpacks it. What is there is skipped: after a failure or an interruption " +
    "the same command goes on where it stopped. Cityscapes wants an account, from " +
    "CITYSCAPES_USERNAME and CITYSCAPES_PASSWORD or asked for, unless both archives are given.",
)
  .addOption(
    new Option("--data <name>", "the dataset").choices(Object.keys(OF_ONE)).makeOptionMandatory(),
  )
  .option("--root <folder>", "the dataset's folder (default: data/<name>)")
  .option("--gt-fine <address>", "Cityscapes: labels from this URL or zip, not the official site")
  .option("--left-img <address>", "Cityscapes: images from this URL or zip, not the official site")
  .option("--url <address>", "CamVid: from this URL or zip, not the SegNet tutorial's")
  .addOption(
    new Option("--split <splits...>", "Cityscapes: the splits to take (default: all)").choices(
      SPLITS,
    ),
  )
  .option("--prepare-on-the-fly", "Cityscapes: keep images at the training size only, not 11 GB")
  .addOption(sizeOption("--size <WxH>", "the size that --prepare-on-the-fly keeps", "256x128"))
  .addOption(choice("--images <how>", "how --prepare-on-the-fly makes images smaller", RESAMPLINGS))
  .option("--keep-archives", "keep downloaded archives after they are unpacked")
  .option("--retries <n>", "how often to try again where nothing more arrives", wholeNumber(0), 5);

await run(downloading, async (signal) => {
  const options = downloading.opts<Options>();
  checkUsage(options);
  const { data: name, keepArchives, retries } = options;
  const root = options.root ?? `data/${name}`;
  const line = new ProgressLine();
  const onNotice = (text: string) => {
    line.clear();
    console.error(text);
  };
  const obtaining = { keepArchives, retries, onNotice, onProgress: line.show, signal };
  try {
    if (name === "camvid") {
      await downloadCamvid(root, { ...obtaining, from: options.url });
    } else {
      const { gtFine, leftImg: leftImg8bit, split: splits, size, images } = options;
      await downloadCityscapes(root, {
        ...{ ...obtaining, gtFine, leftImg8bit, splits },
        credentials: askForCredentials,
        site: Deno.env.get(SITE),
        onTheFly: options.prepareOnTheFly && { size, images },
      });
    }
  } finally {
    line.clear();
  }
  await printWhatIsThere(root, options);
});

function checkUsage({ data, prepareOnTheFly }: Options): void {
  const isGiven = (key: keyof Options) => downloading.getOptionValueSource(key) === "cli";
  for (const [name, keys] of Object.entries(OF_ONE)) {
    const key = name === data ? undefined : keys.find(isGiven);
    if (key) throw new UsageError(`${flagOf(key)} is for --data ${name}`);
  }
  const key = prepareOnTheFly ? undefined : ON_THE_FLY.find(isGiven);
  if (key) throw new UsageError(`${flagOf(key)} is for --prepare-on-the-fly`);
}

function flagOf(key: keyof Options): string {
  return "--" + key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function printWhatIsThere(root: string, options: Options): Promise<void> {
  const { data: name, prepareOnTheFly, size, images } = options;
  const dataset = openDataset(name, root);
  for (const split of SPLITS) {
    if (!await isFolder(dataset.images(split))) continue;
    const frames = await dataset.frames(split);
    const labels = frames.filter(({ labels }) => labels !== undefined).length;
    console.log(`${split}: ${frames.length} images, ${labels} label images`);
  }
  const next = ["deno task train --data", name];
  if (options.root !== undefined) next.push("--root", root);
  const isPreset = ON_THE_FLY.every((key) => downloading.getOptionValueSource(key) === "default");
  if (prepareOnTheFly && !isPreset) next.push("--size", formatSize(size), "--images", images);
  console.log(`${name} is in ${root}; next: ${next.join(" ")}`);
}

function isFolder(path: string): Promise<boolean> {
  return Deno.stat(path).then((info) => info.isDirectory, () => false);
}
