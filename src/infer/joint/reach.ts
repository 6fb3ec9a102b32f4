import { GuideMismatch } from "../../Errors.ts"
import { type Graph, type Id, type Node, nameOf } from "../../trace/Graph.ts"
import { type Bits, bit, bitsWhere, has } from "./bits.ts"
import { type Axis, enumeratedAxes, enumeratedSites, type Joint, latentSites, platesOf } from "./Joint.ts"
import { dataPrefix, plateAxis } from "./names.ts"

/** For each node the origins that it depends on, as the bits of one number: bit i for the i-th origin. */
export type Reach = ReadonlyArray<Bits>

/** One pass over a graph: the origins of each node from those of its inputs. */
const pass = ({ nodes }: Pick<Graph, "nodes">, at: (node: Node, id: Id, ofInputs: bigint) => bigint): Reach => {
  const found: Array<bigint> = []
  nodes.forEach((node, id) => {
    let bits = 0n
    for (const input of node.inputs) bits |= found[input] ?? 0n
    found.push(at(node, id, bits))
  })
  return found
}

/** Each node depends on its own origins and on those of its inputs, less those that are closed there. */
const reach = (
  graph: Pick<Graph, "nodes">,
  own: (node: Node, id: Id) => bigint,
  closed: (node: Node) => bigint = () => 0n
): Reach => pass(graph, (node, id, ofInputs) => (own(node, id) | ofInputs) & ~closed(node))

/** The names whose bits are set. */
export const named = (bits: bigint, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let [rest, i] = [bits, 0]; rest !== 0n; rest >>= 1n, i++) {
    const name = names[i]
    if ((rest & 1n) === 1n && name !== undefined) found.push(name)
  }
  return found
}

const bitsOf = (names: Iterable<string>): ReadonlyMap<string, bigint> =>
  new Map([...names].map((name, i) => [name, bit(i)]))

/** For each draw its bit: bit i is the i-th latent site. */
const drawBits = (joint: Pick<Joint, "sites">): ReadonlyMap<Id, bigint> =>
  new Map(latentSites(joint).map(({ draw }, i) => [draw, bit(i)]))

/** The latent sites whose draws each node depends on; bit i is the i-th latent site. */
export const drawsIn = (joint: Pick<Joint, "graph" | "sites">): Reach => {
  const bits = drawBits(joint)
  return reach(joint.graph, (_, id) => bits.get(id) ?? 0n)
}

/**
 * The same, where a site that is summed over its values depends on what their probabilities depend on, as its draw would.
 */
export const drawsBehind = (joint: Pick<Joint, "graph" | "sites">): ((id: Id) => Bits) => {
  const direct = drawsIn(joint)
  const summed = latentSites(joint).map(({ axis, score }) =>
    axis === undefined || score === undefined ? 0n : (direct[score] ?? 0n)
  )
  return (id) => {
    let found = direct[id] ?? 0n
    for (let before = -1n; before !== found; ) {
      before = found
      summed.forEach((bits, i) => {
        if (has(before, i)) found |= bits
      })
    }
    return found
  }
}

/**
 * The latent sites whose draws each node reads, not those that a draw was made of: a draw is given by its own distribution. A draw that stands as a given number in
 * its own log density does not count: a family that has a score function vouches for that density.
 */
export const drawsRead = (joint: Pick<Joint, "graph" | "sites">): Reach => {
  const bits = drawBits(joint)
  return pass(joint.graph, ({ attrs }, id, ofInputs) =>
    attrs["given"] === undefined ? (bits.get(id) ?? ofInputs) : 0n
  )
}

/**
 * The latent sites of which each node reads the draws of several rows at once: of a plate that they stand in, all rows were collected, or carried along a sequence. Bit i is the
 * i-th latent site.
 *
 * @param along the axis of one such plate; all of them without it
 */
export const drawsAcross = (joint: Pick<Joint, "graph" | "sites">, along?: string): Reach =>
  readAcross(
    joint,
    drawsRead(joint),
    latentSites(joint).map(({ plates }) => plates),
    along
  )

/** The same for enumerated sites of the model: bit i is the i-th enumerated axis. */
export const valuesAcross = (joint: Pick<Joint, "graph" | "axes" | "sites">): Reach => {
  const plates = new Map(enumeratedSites(joint).map(({ axis, plates }) => [axis, plates]))
  return readAcross(
    joint,
    valuesIn(joint),
    enumeratedAxes(joint).map(({ name }) => plates.get(name) ?? [])
  )
}

/** @param plates those that each origin stands in */
const readAcross = (
  { graph }: Pick<Joint, "graph">,
  read: Reach,
  plates: ReadonlyArray<ReadonlyArray<string>>,
  along?: string
): Reach => {
  const axes = plates.map((names) => names.map(plateAxis))
  return reach(graph, ({ kernel, inputs, attrs }) => {
    const axis = String(attrs["axis"])
    return kernel === "Across" && (along === undefined || along === axis)
      ? (read[inputs[0] ?? -1] ?? 0n) & bitsWhere(axes, (own) => own.includes(axis))
      : 0n
  })
}

/** The inputs that each node depends on, with their names: the fields of the data, or those that are named. */
export const dataIn = (
  { graph }: Pick<Joint, "graph">,
  wanted?: ReadonlyArray<string>
): { readonly names: ReadonlyArray<string>; readonly reach: Reach } => {
  const inputs = graph.nodes.filter(({ kernel }) => kernel === "Input").map(nameOf)
  const names = wanted ?? inputs.filter((name) => name.startsWith(dataPrefix))
  const bits = bitsOf(names)
  return { names, reach: reach(graph, (node) => (node.kernel === "Input" ? (bits.get(nameOf(node)) ?? 0n) : 0n)) }
}

/** The same where draws are given: not what they were made of. */
export const readBeside = (joint: Pick<Joint, "graph" | "sites">, names: ReadonlyArray<string>): Reach => {
  const bits = bitsOf(names)
  const draws = new Set(latentSites(joint).map(({ draw }) => draw))
  return pass(joint.graph, (node, id, ofInputs) => {
    if (draws.has(id)) return 0n
    return node.kernel === "Input" ? (bits.get(nameOf(node)) ?? 0n) : ofInputs
  })
}

/** The enumerated axes along which each node has one value for each position; bit i is the i-th of them. */
export const valuesIn = (joint: Pick<Joint, "graph" | "axes">): Reach => {
  const bits = bitsOf(enumeratedAxes(joint).map(({ name }) => name))
  return reach(joint.graph, ({ kernel, attrs }) => (kernel === "Along" ? (bits.get(String(attrs["axis"])) ?? 0n) : 0n))
}

/** The log densities that depend on a site which the model sums out. */
export const mixedNodes = (joint: Joint): ReadonlySet<Id> => {
  const summed = new Set(enumeratedSites(joint).map(({ axis }) => axis))
  if (summed.size === 0) return new Set()
  const values = valuesIn(joint)
  const bits = bitsWhere(enumeratedAxes(joint), ({ name }) => summed.has(name))
  return new Set(
    joint.factors.flatMap(({ node, role }) => (role !== "guide" && ((values[node] ?? 0n) & bits) !== 0n ? [node] : []))
  )
}

/** The axes along which each node has one value for each position. */
const axesIn = (graph: Joint["graph"], axes: ReadonlyArray<Axis>): Reach => {
  const [inputs, sites] = [new Map<string, bigint>(), new Map<string, bigint>()]
  axes.forEach((axis, i) => {
    for (const [names, bits] of [
      [axis.inputs, inputs],
      [axis.sites, sites]
    ] as const)
      for (const name of names) bits.set(name, (bits.get(name) ?? 0n) | bit(i))
  })
  const names = bitsOf(axes.map(({ name }) => name))
  return reach(
    graph,
    (node) => {
      if (node.kernel === "Along") return names.get(String(node.attrs["axis"])) ?? 0n
      if (node.kernel === "Input") return inputs.get(nameOf(node)) ?? 0n
      return node.kernel === "Noise" ? (sites.get(String(node.attrs["site"])) ?? 0n) : 0n
    },
    ({ kernel, attrs }) => (kernel === "Across" ? (names.get(String(attrs["axis"])) ?? 0n) : 0n)
  )
}

/**
 * A site that is drawn from its prior whatever the guide has one draw, not one for each value of a site that is summed out.
 *
 * @throws GuideMismatch that names both sites
 */
export const mustBeOneDraw = (joint: Joint): void => {
  const summed = new Set(enumeratedSites(joint).map(({ axis }) => axis))
  const values = valuesIn(joint)
  for (const { name, draw, blocked } of latentSites(joint)) {
    const parents = named(
      values[draw] ?? 0n,
      enumeratedAxes(joint).map((axis) => (summed.has(axis.name) ? axis.label : ""))
    ).filter((label) => label !== "")
    if (!blocked || parents.length === 0) continue
    throw new GuideMismatch({
      site: name,
      reason: `it is blocked, so it is drawn from its prior; but its prior depends on '${parents[0]}', which is summed out and has no draw. Sample '${parents[0]}', or guide '${name}'.`
    })
  }
}

/**
 * A factor outside of a plate that depends on one row of it would be added up wrongly.
 *
 * @throws GuideMismatch that names the site
 */
export const mustStayInside = (joint: Joint): void => {
  const plates = platesOf(joint)
  const along = axesIn(joint.graph, plates)
  for (const { site, node, axes } of joint.factors) {
    const escaped = plates.find((plate, i) => has(along[node], i) && !axes.includes(plate.name))
    if (escaped === undefined) continue
    throw new GuideMismatch({
      site,
      reason: `it stands outside of the plate '${escaped.label}' but depends on a value made for one row inside it`
    })
  }
}
