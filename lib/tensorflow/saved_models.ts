import { cString } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { outputArray, outputOf } from "./graph_output.ts";

interface SavedModel {
  session: Deno.PointerValue;
  graph: Deno.PointerValue;
}

/** TensorFlow SavedModels that are loaded, under the numbers by which tfjs-node-gpu knows them. */
export class SavedModels {
  readonly #context: EagerContext;
  readonly #models = new Map<number, SavedModel>();
  #nextId = 0;

  constructor(context: EagerContext) {
    this.#context = context;
  }

  /** How many models are loaded. */
  get size(): number {
    return this.#models.size;
  }

  /**
   * Loads a SavedModel.
   *
   * @param folder The folder with `saved_model.pb`.
   * @param tags The tags of the graph to load, such as `["serve"]`.
   * @returns Its number.
   */
  load(folder: string, tags: string[]): number {
    const { api, status } = this.#context;
    const options = api.TF_NewSessionOptions();
    const graph = api.TF_NewGraph();
    const tagList = tags.map(cString);
    const session = api.TF_LoadSessionFromSavedModel(
      options,
      null,
      cString(folder),
      addresses(tagList.map((tag) => Deno.UnsafePointer.of(tag))),
      tags.length,
      graph,
      null,
      status,
    );
    api.TF_DeleteSessionOptions(options);
    try {
      this.#context.check(`load the SavedModel in ${folder}`);
    } catch (error) {
      api.TF_DeleteGraph(graph);
      throw error;
    }
    const id = this.#nextId++;
    this.#models.set(id, { session, graph });
    return id;
  }

  /** Unloads a model. */
  delete(id: number): void {
    const { api, status } = this.#context;
    const { session, graph } = this.#get(id);
    api.TF_DeleteSession(session, status);
    api.TF_DeleteGraph(graph);
    this.#models.delete(id);
    this.#context.check("delete a SavedModel");
  }

  /**
   * Runs a model.
   *
   * @param id The model's number.
   * @param feeds The inputs' graph names, such as `"serving_default_x:0"`, and their handles.
   * @param fetches The outputs' graph names.
   * @returns The handles of the outputs, which the caller owns.
   */
  run(
    id: number,
    feeds: { names: string[]; handles: Deno.PointerValue[] },
    fetches: string[],
  ): Deno.PointerValue[] {
    const { api, status } = this.#context;
    const model = this.#get(id);
    if (feeds.names.length !== feeds.handles.length) {
      // In the words of tfjs-node-gpu's addon, which the package's tests expect.
      throw new RangeError(
        `Length of input op names (${feeds.names.length}) does not match the length of input ` +
          `tensors (${feeds.handles.length}).`,
      );
    }
    const inputs = this.#outputs(model, feeds.names);
    const outputs = this.#outputs(model, fetches);
    const values = this.#resolve(feeds.handles);
    const results = new BigUint64Array(fetches.length);
    api.TF_SessionRun(
      ...[model.session, null, inputs, addresses(values), values.length] as const,
      ...[outputs, results, fetches.length, null, 0, null, status] as const,
    );
    for (const value of values) api.TF_DeleteTensor(value);
    this.#context.check("run a SavedModel");
    return Array.from(results, (address) => {
      const tensor = Deno.UnsafePointer.create(address);
      const handle = api.TFE_NewTensorHandle(tensor, status);
      api.TF_DeleteTensor(tensor);
      this.#context.check("read a SavedModel's output");
      return handle;
    });
  }

  #get(id: number): SavedModel {
    const model = this.#models.get(id);
    if (!model) throw new RangeError(`Cannot use SavedModel ${id}: it is not loaded`);
    return model;
  }

  /** The tensors behind handles, which the caller owns. */
  #resolve(handles: Deno.PointerValue[]): Deno.PointerValue[] {
    const { api, status } = this.#context;
    const tensors: Deno.PointerValue[] = [];
    try {
      for (const handle of handles) {
        tensors.push(api.TFE_TensorHandleResolve(handle, status));
        this.#context.check("read a SavedModel's input");
      }
      return tensors;
    } catch (error) {
      tensors.forEach((tensor) => tensor && api.TF_DeleteTensor(tensor));
      throw error;
    }
  }

  /** An array of `TF_Output` for names such as `"StatefulPartitionedCall:0"`. */
  #outputs(model: SavedModel, names: string[]): Uint8Array<ArrayBuffer> {
    return outputArray(names.map((name) => {
      const [operation = "", index = "0"] = name.split(":");
      const pointer = this.#context.api.TF_GraphOperationByName(model.graph, cString(operation));
      if (!pointer) {
        throw new RangeError(`Cannot run the SavedModel: its graph has no ${operation}`);
      }
      return outputOf(pointer, Number(index));
    }));
  }
}

function addresses(pointers: Deno.PointerValue[]): BigUint64Array<ArrayBuffer> {
  return BigUint64Array.from(pointers, (pointer) => Deno.UnsafePointer.value(pointer));
}
