/** TensorFlow's data types that the engine names (`types.proto`). */
export const DataType = {
  FLOAT: 1,
  INT32: 3,
  UINT8: 4,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  RESOURCE: 20,
} as const;

/** The name of a data type, such as `int32`; its number if the engine does not name it. */
export function dataTypeName(dtype: number): string {
  const name = Object.entries(DataType).find(([, number]) => number === dtype)?.[0];
  return name?.toLowerCase() ?? String(dtype);
}

/** The kinds of op attributes (`TF_AttrType` in `c_api.h`). */
export const AttributeType = {
  STRING: 0,
  INT: 1,
  FLOAT: 2,
  BOOL: 3,
  TYPE: 4,
  SHAPE: 5,
  RESOURCE: 8,
} as const;
