const POINTER = "pointer", BUFFER = "buffer", INT = "i32", SIZE = "usize", VOID = "void";

/** `TF_Output { TF_Operation* oper; int index; }` by value. */
const OUTPUT = { struct: [POINTER, INT] } as const;

/**
 * The functions of TensorFlow's C API that the engine calls (`tensorflow/c/c_api.h`,
 * `tensorflow/c/eager/c_api.h`, `tensorflow/c/tf_tensor.h`, `tensorflow/c/tf_tstring.h`,
 * `tensorflow/c/ops.h`, `tensorflow/c/kernels.h`).
 * `BUFFER` stands for pointers to memory of ours, `POINTER` for TensorFlow's objects.
 */
const SYMBOLS = {
  TF_Version: { parameters: [], result: POINTER },

  TF_NewStatus: { parameters: [], result: POINTER },
  TF_DeleteStatus: { parameters: [POINTER], result: VOID },
  TF_GetCode: { parameters: [POINTER], result: INT },
  TF_Message: { parameters: [POINTER], result: POINTER },

  TFE_NewContextOptions: { parameters: [], result: POINTER },
  TFE_ContextOptionsSetConfig: { parameters: [POINTER, BUFFER, SIZE, POINTER], result: VOID },
  TFE_DeleteContextOptions: { parameters: [POINTER], result: VOID },
  TFE_NewContext: { parameters: [POINTER, POINTER], result: POINTER },
  TFE_ContextListDevices: { parameters: [POINTER, POINTER], result: POINTER },
  TF_DeviceListCount: { parameters: [POINTER], result: INT },
  TF_DeviceListName: { parameters: [POINTER, INT, POINTER], result: POINTER },
  TF_DeviceListType: { parameters: [POINTER, INT, POINTER], result: POINTER },
  TF_DeviceListMemoryBytes: { parameters: [POINTER, INT, POINTER], result: "i64" },
  TF_DeleteDeviceList: { parameters: [POINTER], result: VOID },

  TF_AllocateTensor: { parameters: [INT, BUFFER, INT, SIZE], result: POINTER },
  TF_TensorData: { parameters: [POINTER], result: POINTER },
  TF_TensorByteSize: { parameters: [POINTER], result: SIZE },
  TF_TensorElementCount: { parameters: [POINTER], result: "i64" },
  TF_DeleteTensor: { parameters: [POINTER], result: VOID },
  TF_StringInit: { parameters: [POINTER], result: VOID },
  TF_StringCopy: { parameters: [POINTER, BUFFER, SIZE], result: VOID },
  TF_StringGetDataPointer: { parameters: [POINTER], result: POINTER },
  TF_StringGetSize: { parameters: [POINTER], result: SIZE },
  TF_StringDealloc: { parameters: [POINTER], result: VOID },

  TFE_NewTensorHandle: { parameters: [POINTER, POINTER], result: POINTER },
  TFE_DeleteTensorHandle: { parameters: [POINTER], result: VOID },
  TFE_TensorHandleCopySharingTensor: { parameters: [POINTER, POINTER], result: POINTER },
  TFE_TensorHandleResolve: { parameters: [POINTER, POINTER], result: POINTER },
  TFE_TensorHandleCopyToDevice: {
    parameters: [POINTER, POINTER, BUFFER, POINTER],
    result: POINTER,
  },
  TFE_TensorHandleDataType: { parameters: [POINTER], result: INT },
  TFE_TensorHandleNumDims: { parameters: [POINTER, POINTER], result: INT },
  TFE_TensorHandleDim: { parameters: [POINTER, INT, POINTER], result: "i64" },

  TFE_NewOp: { parameters: [POINTER, BUFFER, POINTER], result: POINTER },
  TFE_DeleteOp: { parameters: [POINTER], result: VOID },
  TFE_OpAddInput: { parameters: [POINTER, POINTER, POINTER], result: VOID },
  TFE_OpSetAttrString: { parameters: [POINTER, BUFFER, BUFFER, SIZE], result: VOID },
  TFE_OpSetAttrInt: { parameters: [POINTER, BUFFER, "i64"], result: VOID },
  TFE_OpSetAttrFloat: { parameters: [POINTER, BUFFER, "f32"], result: VOID },
  TFE_OpSetAttrBool: { parameters: [POINTER, BUFFER, "u8"], result: VOID },
  TFE_OpSetAttrType: { parameters: [POINTER, BUFFER, INT], result: VOID },
  TFE_OpSetAttrShape: { parameters: [POINTER, BUFFER, BUFFER, INT, POINTER], result: VOID },
  TFE_OpSetAttrIntList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TFE_OpSetAttrFloatList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TFE_OpSetAttrBoolList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TFE_Execute: { parameters: [POINTER, BUFFER, BUFFER, POINTER], result: VOID },
  TFE_ExecuteNonblocking: {
    name: "TFE_Execute",
    parameters: [POINTER, BUFFER, BUFFER, POINTER],
    result: VOID,
    nonblocking: true,
  },

  TF_NewSessionOptions: { parameters: [], result: POINTER },
  TF_DeleteSessionOptions: { parameters: [POINTER], result: VOID },
  TF_NewGraph: { parameters: [], result: POINTER },
  TF_DeleteGraph: { parameters: [POINTER], result: VOID },
  TF_LoadSessionFromSavedModel: {
    parameters: [POINTER, POINTER, BUFFER, BUFFER, INT, POINTER, POINTER, POINTER],
    result: POINTER,
  },
  TF_GraphOperationByName: { parameters: [POINTER, BUFFER], result: POINTER },
  TF_SessionRun: {
    // session, run options, inputs, their values, how many; outputs, their values, how many;
    // targets, how many; run metadata, status
    parameters: [
      ...[POINTER, POINTER, BUFFER, BUFFER, INT] as const,
      ...[BUFFER, BUFFER, INT, POINTER, INT, POINTER, POINTER] as const,
    ],
    result: VOID,
  },
  TF_DeleteSession: { parameters: [POINTER, POINTER], result: VOID },

  TF_NewOperation: { parameters: [POINTER, BUFFER, BUFFER], result: POINTER },
  TF_AddControlInput: { parameters: [POINTER, POINTER], result: VOID },
  TF_AddInput: { parameters: [POINTER, OUTPUT], result: VOID },
  TF_AddInputList: { parameters: [POINTER, BUFFER, INT], result: VOID },
  TF_SetAttrString: { parameters: [POINTER, BUFFER, BUFFER, SIZE], result: VOID },
  TF_SetAttrInt: { parameters: [POINTER, BUFFER, "i64"], result: VOID },
  TF_SetAttrFloat: { parameters: [POINTER, BUFFER, "f32"], result: VOID },
  TF_SetAttrBool: { parameters: [POINTER, BUFFER, "u8"], result: VOID },
  TF_SetAttrType: { parameters: [POINTER, BUFFER, INT], result: VOID },
  TF_SetAttrShape: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TF_SetAttrIntList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TF_SetAttrFloatList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TF_SetAttrBoolList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TF_SetAttrTypeList: { parameters: [POINTER, BUFFER, BUFFER, INT], result: VOID },
  TF_SetAttrFuncName: { parameters: [POINTER, BUFFER, BUFFER, SIZE], result: VOID },
  TF_SetAttrTensor: { parameters: [POINTER, BUFFER, POINTER, POINTER], result: VOID },
  TF_FinishOperation: { parameters: [POINTER, POINTER], result: POINTER },
  TF_NewOpDefinitionBuilder: { parameters: [BUFFER], result: POINTER },
  TF_OpDefinitionBuilderAddInput: { parameters: [POINTER, BUFFER], result: VOID },
  TF_OpDefinitionBuilderAddOutput: { parameters: [POINTER, BUFFER], result: VOID },
  TF_OpDefinitionBuilderAddAttr: { parameters: [POINTER, BUFFER], result: VOID },
  TF_OpDefinitionBuilderSetShapeInferenceFunction: {
    parameters: [POINTER, POINTER],
    result: VOID,
  },
  TF_RegisterOpDefinition: { parameters: [POINTER, POINTER], result: VOID },
  TF_NewKernelBuilder: {
    parameters: [BUFFER, BUFFER, POINTER, POINTER, POINTER],
    result: POINTER,
  },
  TF_RegisterKernelBuilder: { parameters: [BUFFER, POINTER, POINTER], result: VOID },
  TF_GetRegisteredKernelsForOp: { parameters: [BUFFER, POINTER], result: POINTER },
  TF_GraphGetOpDef: { parameters: [POINTER, BUFFER, POINTER, POINTER], result: VOID },
  TF_GraphGetTensorNumDims: { parameters: [POINTER, OUTPUT, POINTER], result: INT },
  TF_GraphGetTensorShape: { parameters: [POINTER, OUTPUT, BUFFER, INT, POINTER], result: VOID },
  TF_GraphSetTensorShape: {
    parameters: [POINTER, OUTPUT, BUFFER, INT, POINTER],
    result: VOID,
  },
  TF_OperationNumOutputs: { parameters: [POINTER], result: INT },
  TF_OperationOutputType: { parameters: [OUTPUT], result: INT },
  TF_NewBuffer: { parameters: [], result: POINTER },
  TF_DeleteBuffer: { parameters: [POINTER], result: VOID },
  TF_GraphToFunctionWithControlOutputs: {
    // graph, name, append a hash; operations, which; inputs, which; outputs, which, their names;
    // operations with effects, which, their names; options, description, status
    parameters: [
      ...[POINTER, BUFFER, "u8", INT, BUFFER, INT, BUFFER] as const,
      ...[INT, BUFFER, POINTER, INT, BUFFER, POINTER, POINTER, POINTER, POINTER] as const,
    ],
    result: POINTER,
  },
  TF_FunctionSetAttrValueProto: {
    parameters: [POINTER, BUFFER, BUFFER, SIZE, POINTER],
    result: VOID,
  },
  TF_GraphCopyFunction: { parameters: [POINTER, POINTER, POINTER, POINTER], result: VOID },
  TF_DeleteFunction: { parameters: [POINTER], result: VOID },
  TFE_ContextAddFunction: { parameters: [POINTER, POINTER, POINTER], result: VOID },
  TFE_ContextRemoveFunction: { parameters: [POINTER, BUFFER, POINTER], result: VOID },
} as const satisfies Deno.ForeignLibraryInterface;

/** TensorFlow's C API, bound. */
export type CApi = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/**
 * Binds the C API of an opened library.
 *
 * @param path `libtensorflow_cc`, already mapped by `keepMapped`.
 * @throws {Error} if the library lacks a function that the engine calls.
 */
export function bindCApi(path: string): CApi {
  return Deno.dlopen(path, SYMBOLS).symbols;
}

const encoder = new TextEncoder();
const interned = new Map<string, Uint8Array<ArrayBuffer>>();

/** A NUL-terminated copy of a name, kept for good: op and attribute names are few and used often. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  let bytes = interned.get(text);
  if (!bytes) interned.set(text, bytes = encoder.encode(text + "\0"));
  return bytes;
}

/** The text at a C string's address, `""` for a null pointer. */
export function textAt(pointer: Deno.PointerValue): string {
  return pointer ? Deno.UnsafePointerView.getCString(pointer) : "";
}
