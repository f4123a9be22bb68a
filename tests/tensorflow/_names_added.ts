import { Graph } from "../../lib/tensorflow/graph.ts";

/** The ops that are added to graphs meanwhile. */
export function namesAdded(work: () => void): Set<string> {
  const names = new Set<string>();
  const { operation } = Graph.prototype;
  Graph.prototype.operation = function (name, call) {
    names.add(name);
    return operation.call(this, name, call);
  };
  try {
    work();
  } finally {
    Graph.prototype.operation = operation;
  }
  return names;
}
