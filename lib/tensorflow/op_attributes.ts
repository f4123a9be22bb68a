import { type CApi, cString } from "./c_api.ts";
import { AttributeType } from "./data_type.ts";

/** An attribute of an op, as tfjs-node-gpu hands it over (its `TFEOpAttr`). */
export interface OpAttribute {
  name: string;
  /** One of {@linkcode AttributeType}. */
  type: number;
  value: unknown;
}

/** An attribute's value; of one that is set twice the last, as TensorFlow has it. */
export function attributeValue(attributes: OpAttribute[], name: string): unknown {
  return attributes.findLast((attribute) => attribute.name === name)?.value;
}

/** The functions of the C API that set an attribute, of an op that runs or of one in a graph. */
export interface AttributeSetters {
  string: CApi["TFE_OpSetAttrString"];
  int: CApi["TFE_OpSetAttrInt"];
  float: CApi["TFE_OpSetAttrFloat"];
  bool: CApi["TFE_OpSetAttrBool"];
  type: CApi["TFE_OpSetAttrType"];
  shape: (
    op: Deno.PointerValue,
    name: BufferSource,
    shape: BigInt64Array<ArrayBuffer>,
    rank: number,
  ) => void;
  intList: CApi["TFE_OpSetAttrIntList"];
  floatList: CApi["TFE_OpSetAttrFloatList"];
  boolList: CApi["TFE_OpSetAttrBoolList"];
}

const encoder = new TextEncoder();
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Sets one attribute of an op that is being built.
 *
 * @param setters What sets attributes of such ops.
 * @param op The op.
 * @param attribute Its name, kind and value.
 * @throws {TypeError} if the value is not of the attribute's kind, or for a kind of attribute that
 *   tfjs-node-gpu does not use.
 */
export function setOpAttribute(
  setters: AttributeSetters,
  op: Deno.PointerValue,
  attribute: OpAttribute,
): void {
  const { name, type, value } = attribute;
  const key = cString(name);
  if (Array.isArray(value)) return setListAttribute(setters, op, { name, type, value });
  switch (type) {
    case AttributeType.STRING: {
      if (typeof value !== "string") throw wrongType(name, "a string", value);
      const bytes = encoder.encode(value);
      return setters.string(op, key, bytes, BigInt(bytes.length));
    }
    case AttributeType.INT:
      return setters.int(op, key, integer(name, value));
    case AttributeType.FLOAT:
      return setters.float(op, key, number(name, value));
    case AttributeType.BOOL:
      return setters.bool(op, key, boolean(name, value));
    case AttributeType.TYPE:
      return setters.type(op, key, number(name, value));
    case AttributeType.SHAPE:
      throw wrongType(name, "an array", value);
    default:
      throw unknownKind(attribute);
  }
}

function setListAttribute(
  setters: AttributeSetters,
  op: Deno.PointerValue,
  attribute: OpAttribute & { value: unknown[] },
): void {
  const { name, type, value } = attribute;
  const key = cString(name);
  switch (type) {
    case AttributeType.INT: {
      const list = BigInt64Array.from(value, (element) => integer(name, element));
      return setters.intList(op, key, list, list.length);
    }
    case AttributeType.FLOAT: {
      const list = Float32Array.from(value, (element) => number(name, element));
      return setters.floatList(op, key, list, list.length);
    }
    case AttributeType.BOOL: {
      const list = Uint8Array.from(value, (element) => boolean(name, element));
      return setters.boolList(op, key, list, list.length);
    }
    case AttributeType.SHAPE: {
      const shape = BigInt64Array.from(value, (element) => integer(name, element));
      return setters.shape(op, key, shape, shape.length);
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
