import { tryAgain, type TryAgainOptions } from "../../system/mod.ts";
import type { ArchiveSource } from "./archive_source.ts";
import type { ArchiveName } from "./archived_splits.ts";
import {
  CITYSCAPES_SITE,
  CityscapesAccount,
  type Credentials,
  packageUrl,
} from "./cityscapes_account.ts";
import type { Shrinking } from "./shrink_images.ts";

/** How images are brought to a small size while they are unpacked. */
export interface OnTheFly extends Shrinking {
  /** The folder that prepared sets are kept in. @default {"data/prepared"} */
  prepared?: string;
}

/** Where the archives come from, and what becomes of them. */
export interface SourceOptions {
  /** A zip or its address to take the labels from; by default the official site. */
  gtFine?: string | undefined;
  /** A zip or its address to take the images from; by default the official site. */
  leftImg8bit?: string | undefined;
  /** Asks for the account on the official site; called only if something is fetched from there. */
  credentials?: (() => Promise<Credentials>) | undefined;
  /** The official site's address. @default {CITYSCAPES_SITE} */
  site?: string | undefined;
  /**
   * Brings the images to a small size while they are unpacked, and keeps of the labels only what
   * training and scores need. By default all is unpacked as it is.
   */
  onTheFly?: OnTheFly | undefined;
}

/** What requests to the site need besides. */
type Requesting = SourceOptions & TryAgainOptions;

/** The ids of the packages on the official site. */
const PACKAGES: Record<ArchiveName, number> = { gtFine: 1, leftImg8bit: 3 };
/** Small images are at most this share of the archive that they come from. */
const SHRUNK_SHARE = 0.1;

/** Gives the session on the official site. */
export type Account = () => Promise<CityscapesAccount>;

/** An account that is logged in when it is first needed, and once. */
export function sharedAccount({ credentials, site, ...requesting }: Requesting): Account {
  let account: Promise<CityscapesAccount> | undefined;
  const logIn = async () => {
    if (!credentials) {
      throw new Error("Cannot log in to Cityscapes: expected credentials, got none");
    }
    const given = await credentials();
    requesting.onNotice?.("Logging in to Cityscapes");
    const { stallMs, signal } = requesting;
    const attempt = () => CityscapesAccount.logIn(given, { site, stallMs, signal });
    return await tryAgain(attempt, requesting);
  };
  return () => account ??= logIn();
}

/**
 * Where an official archive comes from: a given place, or the official site.
 *
 * @param name Which one.
 */
export function sourceOf(
  name: ArchiveName,
  options: Requesting & { account: Account },
): ArchiveSource {
  const { account, site = CITYSCAPES_SITE, stallMs, signal } = options;
  const share = name === "leftImg8bit" && options.onTheFly ? SHRUNK_SHARE : 1;
  const extraBytes = (total: number) => share * total;
  const from = options[name];
  if (from !== undefined) return { from, extraBytes };
  const id = PACKAGES[name];
  const access = async () => {
    const session = await account();
    const md5 = await tryAgain(() => session.md5Of(id, { stallMs, signal }), options);
    return { secretHeaders: session.secretHeaders, md5 };
  };
  return { from: packageUrl(id, site), access, extraBytes };
}
