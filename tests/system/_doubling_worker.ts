import { answerQuestions } from "../../lib/system/mod.ts";

const thread = crypto.randomUUID();

answerQuestions(async (item: number) => {
  if (item < 0) throw new RangeError(`Cannot double ${item}`);
  await new Promise((resolve) => setTimeout(resolve, 20)); // So that another takes the next.
  return { double: 2 * item, thread };
});
