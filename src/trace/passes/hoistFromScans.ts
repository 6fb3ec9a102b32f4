import { sizeOf } from "../../tensor/Tensor.ts"
import { type GraphBuilder, graphBuilder, keep, mapValues, rebuild } from "../build.ts"
import { type Graph, type Id, isLeaf, leaf, type Node, nameOf, nodeAt } from "../Graph.ts"
import { bodyInput, capturedInput, carryInput, isScan, type Scan, scanAttrs, scannedInput, scanOf } from "../region.ts"
import { vectorise } from "../vectorise.ts"
import { prune } from "./prune.ts"

/**
 * Moves out of the body of a recurrence what does not depend on its carry: what depends on no position is computed once, and what depends on values that are read position by position is computed for
 * all positions at once. The body reads the results as it reads other values from outside. An engine's loop costs a microsecond for each op of each position, whatever the size of the op.
 */
export const hoistFromScans = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const found = isScan(node) ? hoistable(node) : undefined
    return found === undefined ? keep(node, inputs, build) : hoisted(node, inputs, build, found)
  })

/** Where a node of a body is computed: `once`, for all positions at once, or in the loop. */
type Place = "once" | "positions" | "loop"

/** The most numbers that one hoisted value may have for all positions: above, an op costs more than the loop around it, and memory begins to count. */
const most = 2 ** 22

/** The inputs of a body that are read position by position. */
const scannedInputs = ({ scanned }: Scan): ReadonlySet<string> =>
  new Set(Array.from({ length: scanned }, (_, i) => scannedInput(i)))

const placesOf = (scan: Scan): ReadonlyArray<Place> => {
  const places: Array<Place> = []
  const scanned = scannedInputs(scan)
  for (const node of scan.body.nodes) {
    const read = node.inputs.map((id) => places[id])
    if (node.kernel === "Noise" || read.includes("loop")) places.push("loop")
    else if (node.kernel === "Input") places.push(placeOfInput(nameOf(node), scanned))
    else if (!read.includes("positions")) places.push("once")
    else places.push(sizeOf(node.shape) * scan.length > most ? "loop" : "positions")
  }
  return places
}

const placeOfInput = (name: string, scanned: ReadonlySet<string>): Place => {
  if (name === carryInput) return "loop"
  return scanned.has(name) ? "positions" : "once"
}

/** The nodes at the border, whose values the loop reads, with the place of each. */
const hoistable = (node: Node): ReadonlyMap<Id, Place> | undefined => {
  const scan = scanOf(node)
  const { nodes, outputs } = scan.body
  const places = placesOf(scan)
  const read = new Set([
    ...Object.values(outputs),
    ...nodes.flatMap(({ inputs }, id) => (places[id] === "loop" ? inputs : []))
  ])
  const border = new Map(
    [...read].flatMap((id) => {
      const place = places[id]
      return place === undefined || place === "loop" || isLeaf(nodeAt(scan.body, id)) ? [] : [[id, place] as const]
    })
  )
  return border.size === 0 ? undefined : border
}

const hoisted = (node: Node, inputs: ReadonlyArray<Id>, build: GraphBuilder, border: ReadonlyMap<Id, Place>): Id => {
  const scan = scanOf(node)
  const outside = new Map(inputs.map((id, i) => [bodyInput(i, scan), id]))
  const computed = computedOutside(scan, border, outside, build)
  const body = graphBuilder()
  const readAlong = scannedInputs(scan)
  const [scanned, captured]: [Array<Id>, Array<Id>] = [[], []]
  const reads = (place: Place, outer: Id, { shape, dtype }: Node): Id =>
    place === "positions"
      ? body.push(leaf.input(scannedInput(scanned.push(outer) - 1), shape, dtype))
      : body.push(leaf.input(capturedInput(captured.push(outer) - 1), shape, dtype))
  const places = new Map<Id, Id>()
  const visit = (id: Id): Id => {
    const known = places.get(id)
    if (known !== undefined) return known
    const each = nodeAt(scan.body, id)
    const [place, outer] = [border.get(id), computed.get(id)]
    const made = place !== undefined && outer !== undefined ? reads(place, outer, each) : inLoop(each)
    places.set(id, made)
    return made
  }
  const inLoop = (each: Node): Id => {
    const given = each.kernel === "Input" && nameOf(each) !== carryInput ? outside.get(nameOf(each)) : undefined
    return given === undefined
      ? body.push({ ...each, inputs: each.inputs.map(visit) })
      : reads(placeOfInput(nameOf(each), readAlong), given, each)
  }
  const outputs = mapValues(scan.body.outputs, visit)
  const { wanted: _, ...rest } = scan
  return build.push({
    ...node,
    inputs: [inputs[0] ?? 0, ...scanned, ...captured],
    names: [0, ...scanned, ...captured].map((_, i) => String(i)),
    attrs: scanAttrs({ ...rest, body: body.finish(outputs), scanned: scanned.length })
  })
}

/** Appends what the loop reads of the border to the graph around it. */
const computedOutside = (
  scan: Scan,
  border: ReadonlyMap<Id, Place>,
  given: ReadonlyMap<string, Id>,
  build: GraphBuilder
): ReadonlyMap<Id, Id> => {
  const { body, length } = scan
  const outputs = Object.fromEntries([...border.keys()].map((id) => [String(id), id]))
  const all = vectorise(prune({ nodes: body.nodes, outputs }), {
    ...{ name: "a position", size: length, sites: new Set<string>() },
    inputs: scannedInputs(scan),
    spread: new Set([...border].flatMap(([id, place]) => (place === "positions" ? [String(id)] : [])))
  })
  const places: Array<Id> = []
  for (const node of all.nodes) {
    const outer = node.kernel === "Input" ? given.get(nameOf(node)) : undefined
    places.push(outer ?? build.push({ ...node, inputs: node.inputs.map((id) => places[id] ?? 0) }))
  }
  return new Map([...border.keys()].map((id) => [id, places[all.outputs[String(id)] ?? 0] ?? 0]))
}
