import { cString } from "./c_api.ts";
import { AttributeType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";

/** An attribute of an op, as tfjs-node-gpu hands it over (its `TFEOpAttr`). */
export interface OpAttribute {
  name: string;
  /** One of {@linkcode AttributeType}. */
  type: number;
  value: unknown;
}

const encoder = new TextEncoder();
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Sets one attribute of an op that is being built.
 *
 * @param context The context the op belongs to.
 * @param op The op.
 * @param attribute Its name, kind and value.
 * @throws {TypeError} if the value is not of the attribute's kind, or for a kind of attribute that
 *   tfjs-node-gpu does not use.
 */
export function setOpAttribute(
  context: EagerContext,
  op: Deno.PointerValue,
  attribute: OpAttribute,
): void {
  const { api } = context;
  const { name, type, value } = attribute;
  const key = cString(name);
  if (Array.isArray(value)) return setListAttribute(context, op, { name, type, value });
  switch (type) {
    case AttributeType.STRING: {
      if (typeof value !== "string") throw wrongType(name, "a string", value);
      const bytes = encoder.encode(value);
      return api.TFE_OpSetAttrString(op, key, bytes, BigInt(bytes.length));
    }
    case AttributeType.INT:
      return api.TFE_OpSetAttrInt(op, key, integer(name, value));
    case AttributeType.FLOAT:
      return api.TFE_OpSetAttrFloat(op, key, number(name, value));
    case AttributeType.BOOL:
      return api.TFE_OpSetAttrBool(op, key, boolean(name, value));
    case AttributeType.TYPE:
      return api.TFE_OpSetAttrType(op, key, number(name, value));
    case AttributeType.SHAPE:
      throw wrongType(name, "an array", value);
    default:
      throw unknownKind(attribute);
  }
}

function setListAttribute(
  context: EagerContext,
  op: Deno.PointerValue,
  attribute: OpAttribute & { value: unknown[] },
): void {
  const { api, status } = context;
  const { name, type, value } = attribute;
  const key = cString(name);
  switch (type) {
    case AttributeType.INT: {
      const list = BigInt64Array.from(value, (element) => integer(name, element));
      return api.TFE_OpSetAttrIntList(op, key, list, list.length);
    }
    case AttributeType.FLOAT: {
      const list = Float32Array.from(value, (element) => number(name, element));
      return api.TFE_OpSetAttrFloatList(op, key, list, list.length);
    }
    case AttributeType.BOOL: {
      const list = Uint8Array.from(value, (element) => boolean(name, element));
      return api.TFE_OpSetAttrBoolList(op, key, list, list.length);
    }
    case AttributeType.SHAPE: {
      const shape = BigInt64Array.from(value, (element) => integer(name, element));
      api.TFE_OpSetAttrShape(op, key, shape, shape.length, status);
      return context.check(`set attribute ${name}`);
    }
    case AttributeType.STRING:
      throw wrongType(name, "a string", value);
    case AttributeType.TYPE:
      throw wrongType(name, "a number", value);
    default:
      throw unknownKind(attribute);
  }
}

function number(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  return value;
}

/**
 * Truncates and clamps as the addon's `napi_get_value_int64` does: tfjs hands over fractions, such
 * as `Math.random()` for the seed of `tf.multinomial`, and that seed's square.
 */
function integer(name: string, value: unknown): bigint {
  const truncated = Math.trunc(number(name, value));
  if (!Number.isFinite(truncated)) throw wrongType(name, "a finite number", value);
  const exact = BigInt(truncated);
  return exact < INT64_MIN ? INT64_MIN : exact > INT64_MAX ? INT64_MAX : exact;
}

function boolean(name: string, value: unknown): 0 | 1 {
  if (typeof value !== "boolean") throw wrongType(name, "a boolean", value);
  return value ? 1 : 0;
}

function wrongType(name: string, expected: string, value: unknown): TypeError {
  const got = typeof value === "object" ? JSON.stringify(value) : String(value);
  return new TypeError(`Cannot set attribute ${name}: expected ${expected}, got ${got}`);
}

function unknownKind({ name, type }: OpAttribute): TypeError {
  return new TypeError(`Cannot set attribute ${name}: unknown kind ${type}`);
}
