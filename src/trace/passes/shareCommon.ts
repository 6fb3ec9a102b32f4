import { keep, rebuild } from "../build.ts"
import { exactly, type Graph, type Id, type Node, uniformValue, valuesOf } from "../Graph.ts"

/**
 * Two nodes that compute the same from the same inputs become one. Constants of one repeated number are compared by that number, and short ones by
 * all of their numbers.
 */
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
  if (node.kernel !== "Const") return `${node.kernel}(${inputs.join()})${attrsOf(node)}${info}`
  const value = uniformValue(node)
  if (value !== undefined) return `Const ${Object.is(value, -0) ? "-0" : value} ${info}`
  const values = valuesOf(node)
  return values.length > few ? `constant ${id}` : `Const ${JSON.stringify([...values], exactly)} ${info}`
}

/** Most nodes have none, and writing them takes longer than the rest of the key. */
const attrsOf = ({ attrs }: Node): string => (Object.keys(attrs).length === 0 ? "" : JSON.stringify(attrs, exactly))

const few = 64
