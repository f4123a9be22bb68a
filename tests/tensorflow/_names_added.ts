import { Graph } from "../../lib/tensorflow/graph.ts";
import { watched } from "./_watched.ts";

/** The ops that are added to graphs meanwhile. */
export function namesAdded(work: () => void): Set<string> {
  const names = new Set<string>();
  watched(Graph.prototype, "operation", (_, { name }) => names.add(name), work);
  return names;
}
