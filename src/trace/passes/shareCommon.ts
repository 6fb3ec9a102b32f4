import { keep, rebuild } from "../build.ts"
import { exactly, type Graph, type Id, type Node, uniformValue } from "../Graph.ts"

/** Two nodes that compute the same from the same inputs become one. Constants of more than one number are compared by what they repeat. */
export const shareCommon = (graph: Graph): Graph => {
  const seen = new Map<string, Id>()
  return rebuild(graph, (node, inputs, build, id) => {
    const key = keyOf(node, inputs, id)
    const known = seen.get(key)
    if (known !== undefined) return known
    const place = keep(node, inputs, build)
    seen.set(key, place)
    return place
  })
}

const keyOf = (node: Node, inputs: ReadonlyArray<Id>, id: Id): string => {
  const info = `${node.dtype}[${node.shape.join()}]`
  if (node.kernel !== "Const") return `${node.kernel}(${inputs.join()})${JSON.stringify(node.attrs, exactly)}${info}`
  const value = uniformValue(node)
  return value === undefined ? `constant ${id}` : `Const ${Object.is(value, -0) ? "-0" : value} ${info}`
}
