import { assertEquals, assertRejects } from "@std/assert";
import { camvid, downloadCamvid } from "../../../lib/data/mod.ts";
import { file, inTurn, MisbehavingServer } from "../../_misbehaving_server.ts";
import { makeZip, type ZipPart } from "../../_zip_files.ts";
import { withFolder } from "../_folder.ts";
import { picture } from "./_archives.ts";

const QUICK = { retries: 1, backoffMs: 1 };

function tutorial(prefix: string): ZipPart[] {
  const frames = ["train", "val", "test"].flatMap((split) => [
    { name: `${prefix}${split}/1.png`, data: picture(3, 0) },
    { name: `${prefix}${split}annot/1.png`, data: picture(1, 0) },
  ]);
  return [...frames, { name: "Tutorial-main/README.md" }, {
    name: "Tutorial-main/Models/train.txt",
  }];
}

const ZIP = makeZip(tutorial("Tutorial-main/CamVid/"));

Deno.test("downloadCamvid() takes its folders of the tutorial's archive", () =>
  withFolder(async ({ at }) => {
    // As the tutorial's host: no size, no ranges, and the first time it breaks off.
    const answer = (cut?: number) =>
      file(ZIP, { noLength: true, ranges: false, ...(cut && { cut }) });
    await using server = new MisbehavingServer(inTurn(answer(900), answer()));
    const options = { from: `${server.origin}/master.zip`, ...QUICK };
    await downloadCamvid(at("set"), options);
    for (const split of ["train", "val", "test"]) {
      assertEquals((await camvid(at("set")).frames(split)).length, 1);
    }
    const names = [...Deno.readDirSync(at("set"))].map(({ name }) => name).sort();
    const splits = ["test", "testannot", "train", "trainannot", "val", "valannot"];
    assertEquals(names, ["archives", ...splits]);
    await downloadCamvid(at("set"), options);
    assertEquals(server.log.length, 2);
  }));

Deno.test("downloadCamvid() names an archive without CamVid", () =>
  withFolder(async ({ at, write }) => {
    const from = await write("other.zip", makeZip(tutorial("x/").slice(1)));
    await assertRejects(
      () => downloadCamvid(at("set"), { from }),
      Error,
      `Cannot use ${from}: expected CamVid's folders train, trainannot, val, valannot with ` +
        "PNGs in it, found no train",
    );
  }));

Deno.test("downloadCamvid() refuses an archive with two of a file", () =>
  withFolder(async ({ at, write }) => {
    const from = await write(
      "twice.zip",
      makeZip([...tutorial("a/"), ...tutorial("b/").slice(0, -2)]),
    );
    await assertRejects(() => downloadCamvid(at("set"), { from }), Error, "is there twice");
  }));
