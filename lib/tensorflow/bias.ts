import { AttributeType, DataType } from "./data_type.ts";
import { OpBuilder } from "./op_builder.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

const ADDITIONS = ["Add", "AddV2"];

/**
 * Adds a bias to images in float32 by TensorFlow's op for that: it writes into their memory if nothing
 * else needs them, where a sum takes memory of its own.
 *
 * @returns The sum; `undefined` for another op than that of images `[B, H, W, C]` and a bias.
 */
export function biasAddition<T>(
  runner: OpRunner<T>,
  { name, inputs }: NamedOpCall<T>,
): T | undefined {
  const [images, bias] = inputs as [T, T];
  if (!ADDITIONS.includes(name) || runner.dtypeOf(images) !== DataType.FLOAT) return undefined;
  const shape = runner.shapeOf(images), channels = shape.at(-1)!;
  if (shape.length !== 4 || !isOnePerChannel(runner.shapeOf(bias), channels)) return undefined;
  const build = new OpBuilder(runner);
  return build.op("BiasAdd", [images, build.reshape(bias, [channels])], [
    { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
  ]);
}

/** Whether a tensor that is added has one number for each of some channels. */
export function isOnePerChannel(shape: number[], channels: number): boolean {
  return shape.at(-1) === channels && shape.slice(0, -1).every((size) => size === 1);
}
