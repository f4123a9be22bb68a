import { assertEquals } from "@std/assert";
import { ProgressClock } from "../../lib/plot/progress_clock.ts";

Deno.test("a clock says of bytes how many come in a second, by the last seconds", () => {
  const clock = new ProgressClock();
  const read = (seconds: number, done: number, total?: number) =>
    clock.read(
      { task: "Downloading", done, unit: "bytes", ...(total && { total }) },
      seconds * 1000,
    )
      .text;
  assertEquals(read(0, 0, 1e9), "Downloading  0 %  0/1000 MB");
  for (let second = 1; second < 10; second++) read(second, second * 1e6, 1e9);
  assertEquals(read(10, 10e6, 1e9), "Downloading  1 %  10/1000 MB  1.0 MB/s  16 min 30 s left");
  for (let second = 11; second < 20; second++) read(second, second * 20e6, 1e9);
  assertEquals(read(20, 400e6, 1e9), "Downloading  40 %  400/1000 MB  20.0 MB/s  30 s left");
  for (let second = 21; second < 30; second++) read(second, 400e6, 1e9);
  assertEquals(read(30, 400e6, 1e9), "Downloading  40 %  400/1000 MB  0.0 MB/s");
  assertEquals(read(31, 5e6), "Downloading  5 MB");
});

Deno.test("a clock says of other things only what there is to know", () => {
  const clock = new ProgressClock();
  const read = (seconds: number, done: number) =>
    clock.read(
      { task: "Training", done, total: 300, unit: "steps", figures: { loss: 0.5117 } },
      seconds * 1000,
    );
  assertEquals(read(0, 0), { text: "Training  0 %  0/300 steps  loss 0.512", isNewTask: true });
  const text = "Training  40 %  120/300 steps  loss 0.512  1 min 30 s left";
  assertEquals(read(60, 120), { text, isNewTask: false });
});
