import * as tf from "@tensorflow/tfjs"
import { kindOf, type Support } from "../../dist/Support.ts"
import { onBackend } from "../../engine/backend.ts"
import { leafName } from "../../engine/leaves.ts"
import { runGraph } from "../../engine/runGraph.ts"
import { fill } from "../../tensor/random.ts"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../../trace/build.ts"
import {
  ancestors,
  type Graph,
  isLeaf,
  leaf,
  type Node,
  nameOf,
  nodeAt,
  uniformValue,
  valuesOf
} from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import { withoutMasks } from "../../trace/unitMasks.ts"
import { type Factor, type Joint, latentSites, observedSites } from "../joint/Joint.ts"
import { paramInput } from "../joint/names.ts"

/** What one log density of a program computes, in numbers and words that two programs can be compared by. */
export interface Formula {
  readonly site: string
  readonly role: Factor["role"]
  /** its values, times its scale, at points that are the same for all programs; none where it cannot be computed there */
  readonly values: ReadonlyArray<number>
  /** the constants in it */
  readonly constants: ReadonlyArray<string>
  /** the tfjs kernels that it is made of */
  readonly ops: ReadonlyArray<string>
}

/** Parameters, data and draws at the points have other numbers at each. */
const points = 3
/** The most constants that are kept: they serve to say what differs. */
const most = 24

/**
 * The log densities of a joint as numbers: what a family, a constant or a net changes, changes these, and a formula that is written in another way does not.
 * Parameters, data and draws are fixed numbers on their supports, so that no training, no data and no sampler is in them.
 */
export const formulasOf = (joint: Joint): ReadonlyArray<Formula> => {
  const graph = withoutMasks(withGivenDraws(joint))
  const outputs = joint.factors.flatMap(({ node, scale }, i) => [
    [`density:${i}`, node] as const,
    ...(scale === undefined ? [] : [[`scale:${i}`, scale] as const])
  ])
  const named = { nodes: graph.nodes, outputs: Object.fromEntries(outputs.map(([name, id]) => [name, id])) }
  const supports = supportsOf(joint)
  const found = Array.from({ length: points }, (_, point) => valuesAt(named, supports, point))
  return joint.factors.map(({ site, role, node, scale }, i): Formula => {
    const nodes = [...ancestors(named, [node, ...(scale === undefined ? [] : [scale])])].map((id) => nodeAt(named, id))
    const constants = nodes.filter(({ kernel }) => kernel === "Const").map(constantOf)
    return {
      site,
      role,
      values: found.flatMap((at) => {
        const density = at?.[`density:${i}`]
        return density === undefined ? [] : [density * (at?.[`scale:${i}`] ?? 1)]
      }),
      constants: [...new Set(constants)].toSorted().slice(0, most),
      ops: [...new Set(nodes.filter((each) => !isLeaf(each)).map(({ kernel }) => kernel))].toSorted()
    }
  })
}

const drawInput = (site: string): string => `draw:${site}`

/** Draws as inputs, in the same places. */
const withGivenDraws = ({ graph }: Joint): Graph =>
  rebuild(graph, (node, inputs, build) =>
    node.kernel === "Sample"
      ? build.push(leaf.input(drawInput(String(node.attrs["site"])), node.shape))
      : keep(node, inputs, build)
  )

/** The supports of the inputs that are draws or observed values. */
const supportsOf = (joint: Joint): ReadonlyMap<string, Support> =>
  new Map([
    ...latentSites(joint).map(({ name, prior, guide }) => [drawInput(name), (guide ?? prior).support] as const),
    ...observedSites(joint).flatMap(({ input, dist }) => (input === undefined ? [] : [[input, dist.support] as const]))
  ])

const valuesAt = (
  graph: Graph,
  supports: ReadonlyMap<string, Support>,
  point: number
): Readonly<Record<string, number>> | undefined =>
  onBackend("cpu", () =>
    tf.tidy(() => {
      const pruned = prune(graph)
      const leaves = pruned.nodes.flatMap((node) =>
        isLeaf(node) && node.kernel !== "Const"
          ? [[leafName(node), tf.tensor(numbersFor(node, supports, point), [...node.shape], node.dtype)] as const]
          : []
      )
      const values = computed(() => runGraph(pruned, Object.fromEntries(leaves)))
      return values === undefined
        ? undefined
        : Object.fromEntries(Object.entries(values).map(([name, tensor]) => [name, tensor.dataSync()[0] ?? Number.NaN]))
    })
  )

/** A kernel may refuse numbers that no data of the program would be, such as a label beyond its table: there the words have to do. */
const computed = <A>(f: () => A): A | undefined => {
  try {
    return f()
  } catch {
    return undefined
  }
}

const numbersFor = (node: Node, supports: ReadonlyMap<string, Support>, point: number): Float32Array => {
  const values = new Float32Array(sizeOf(node.shape))
  const name = leafName(node)
  const key = { seed: point, owner: "library", site: `init:${name}`, step: 0, lane: 0 } as const
  if (node.kernel === "Noise") {
    fill(node.attrs["law"] === "normal" ? "normal" : "uniform", values, key)
    return values
  }
  fill("uniform", values, key)
  const support = supports.get(nameOf(node))
  if (support !== undefined) return onSupport(support, node.shape, values)
  const isParameter = nameOf(node).startsWith(paramInput(""))
  // data that are rounded to a label are the label 0
  return values.map((u) => (isParameter ? 2 * u - 1 : 0.05 + 0.4 * u))
}

/** Numbers in (0, 1) as a value of a support. */
const onSupport = (support: Support, shape: Shape, unit: Float32Array): Float32Array => {
  const n = shape.at(-1) ?? 1
  const row = (i: number): number => Math.floor(i / n) % (shape.at(-2) ?? 1)
  const rules: Partial<Record<Support, (u: number, i: number) => number>> = {
    positive: (u) => 0.5 + u,
    nonNegative: (u) => 0.5 + u,
    unitInterval: (u) => 0.25 + 0.5 * u,
    interval: (u) => 0.25 + 0.5 * u,
    positiveInteger: (u) => 1 + Math.round(u),
    oneHot: (_, i) => (i % n === 0 ? 1 : 0),
    simplex: () => 1 / n,
    ordered: (_, i) => i % n,
    positiveDefinite: (_, i) => (i % n === row(i) ? 1 : 0),
    lowerCholesky: (_, i) => (i % n === row(i) ? 1 : 0),
    correlationCholesky: (_, i) => (i % n === row(i) ? 1 : 0)
  }
  const rule = rules[support] ?? (kindOf[support] === "mass" ? (u: number) => Math.round(u) : (u: number) => 2 * u - 1)
  return unit.map(rule)
}

const constantOf = (node: Node): string => {
  const value = uniformValue(node)
  if (value !== undefined) return String(Number(value.toPrecision(7)))
  const values = valuesOf(node)
  const sum = Float32Array.from(values).reduce((total, x) => total + x, 0)
  return `${values.length} numbers that add up to ${Number(sum.toPrecision(7))}`
}
