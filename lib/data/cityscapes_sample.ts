/** What a Cityscapes file shows: one frame of a recording in a city. */
export interface CityscapesSample {
  /** The city, such as `"aachen"`. */
  city: string;
  /** The recording, six digits such as `"000000"`. */
  seq: string;
  /** The frame in the recording, six digits such as `"000019"`. */
  frame: string;
  /** All three, such as `"aachen_000000_000019"`. */
  id: string;
}

const NAME = /^(([^_/]+)_(\d{6})_(\d{6}))(?:_|\.|$)/;

/**
 * Reads a sample from the name of one of its files, such as
 * `aachen_000000_000019_gtFine_labelIds.png`.
 *
 * @param name A file name or the beginning of one, without folders.
 * @throws {Error} if it does not begin with `<city>_<seq>_<frame>`.
 */
export function parseSample(name: string): CityscapesSample {
  const [, id, city, seq, frame] = NAME.exec(name) ?? [];
  if (!id || !city || !seq || !frame) {
    throw new Error(
      `Cannot read a sample from "${name}": expected <city>_<seq>_<frame>, ` +
        "as in aachen_000000_000019_leftImg8bit.png",
    );
  }
  return { city, seq, frame, id };
}

/** The official path of a sample's image below the dataset's folder. */
export function imagePath(split: string, { city, id }: CityscapesSample): string {
  return `leftImg8bit/${split}/${city}/${id}_leftImg8bit.png`;
}

/** The official path of a sample's label ids below the dataset's folder. */
export function labelIdsPath(split: string, { city, id }: CityscapesSample): string {
  return `gtFine/${split}/${city}/${id}_gtFine_labelIds.png`;
}
