import { Effect, type Scope } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { ancestors, descendants, type Graph, type Id, isLeaf, nodeAt } from "../../trace/Graph.ts"
import type { Derived } from "../fit/derive.ts"
import { has } from "../joint/bits.ts"
import { latentSites } from "../joint/Joint.ts"
import { paramInput } from "../joint/names.ts"
import { dataIn } from "../joint/reach.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { jumpsBehind } from "../plan/decide.ts"
import type { Direction } from "./directions.ts"
import { type Standing, standing } from "./standing.ts"
import type { Suspect } from "./Verification.ts"

/**
 * The likeliest cause of a wrong gradient of a parameter: of the sites whose draws depend on it, the first with a jump that was assumed away; then a
 * biased estimator; then the op that depends on a draw and whose result changes most between two neighbouring values of its inputs.
 */
export const findSuspect = (
  { joint, loss, decisions }: Derived,
  parameters: Parameters,
  how: Standing,
  lineOf: (node: Id) => string | undefined
): Effect.Effect<(parameter: string) => Suspect | undefined, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const jumps = jumpsBehind(joint, decisions)
    const { names, reach } = dataIn(
      joint,
      joint.parameters.map(({ name }) => paramInput(name))
    )
    const costs = joint.factors.map(({ node }) => node)
    const paths = new Map(latentSites(joint).map(({ name, draw }) => [name, pathOf(joint.graph, draw, costs)]))
    const nodes = new Set([...paths.values()].flatMap((path) => [...path]))
    const outputs = Object.fromEntries([...nodes].map((id) => [valueOutput(id), id]))
    const run = yield* standing({ ...loss, baselines: [] }, { ...joint.graph, outputs }, (graph) => graph, how)
    const values = nodes.size === 0 ? {} : yield* run({ parameters, direction: still, shifts: new Float32Array() })
    return (parameter) => {
      const place = names.indexOf(paramInput(parameter))
      const sites = latentSites(joint).filter(({ draw }) => has(reach[draw], place))
      const jumping = sites.flatMap(({ name }) => {
        const jump = jumps.get(name)
        return jump === undefined ? [] : [{ site: name, op: jump.op, node: jump.node }]
      })
      const [first] = jumping.toSorted((a, b) => a.node - b.node)
      if (first !== undefined) return placed(first, lineOf)
      const biased = sites.find(({ name }) => decisions.estimators.get(name)?.name === "straight-through")
      if (biased !== undefined) return { site: biased.name, op: "the straight-through estimator, which is biased," }
      const steep = sites
        .flatMap(({ name }) => steepest(joint.graph, paths.get(name) ?? new Set(), name, values))
        .toSorted((a, b) => b.leap - a.leap)[0]
      if (steep !== undefined) return placed(steep, lineOf)
      const [site] = sites
      return site === undefined
        ? undefined
        : { site: site.name, op: `the ${decisions.estimators.get(site.name)?.name ?? "chosen"} estimator` }
    }
  })

interface Place {
  readonly site: string
  readonly op: string
  readonly node: Id
}

const placed = ({ site, op, node }: Place, lineOf: (node: Id) => string | undefined): Suspect => {
  const line = lineOf(node)
  return { site, op, ...(line === undefined ? {} : { line }) }
}

const still: Direction = { parameter: "", along: "", values: new Float32Array() }

/** The nodes behind a draw, the draw itself first, that make the loss. */
const pathOf = (graph: Graph, draw: Id, costs: ReadonlyArray<Id>): ReadonlySet<Id> => {
  const needed = ancestors(graph, costs)
  const marked = nodeAt(graph, draw).inputs
  return new Set([...descendants(graph, [draw, ...marked])].filter((id) => needed.has(id)))
}

const valueOutput = (id: Id): string => `node:${id}`

/** A leap counts from this share of a result's range. */
const least = 0.5

/** The op whose first number leaps most: it moves through most of its range where its input hardly moves. The first of equals. */
const steepest = (
  graph: Graph,
  path: ReadonlySet<Id>,
  site: string,
  values: Arrays
): ReadonlyArray<Place & { readonly leap: number }> => {
  const leaps = [...path].flatMap((id) => {
    const node = nodeAt(graph, id)
    if (isLeaf(node) || node.kernel === "Sample") return []
    return node.inputs
      .filter((input) => path.has(input) && sameSize(graph, input, id))
      .map((input) => ({
        site,
        node: id,
        op: `'${node.kernel.charAt(0).toLowerCase()}${node.kernel.slice(1)}'`,
        leap: leap(values[valueOutput(input)], values[valueOutput(id)])
      }))
  })
  return leaps
    .filter(({ leap }) => leap > least)
    .toSorted((a, b) => b.leap - a.leap)
    .slice(0, 1)
}

const sameSize = (graph: Graph, a: Id, b: Id): boolean => {
  const [first, second] = [nodeAt(graph, a).shape, nodeAt(graph, b).shape]
  return first.length === second.length && first.every((n, i) => n === second[i])
}

/** The largest share of its range by which y moves between neighbouring values of x, less the share by which x does. */
const leap = (xs: Float32Array | undefined, ys: Float32Array | undefined): number => {
  if (xs === undefined || ys === undefined || xs.length !== ys.length) return 0
  const points = Array.from(xs, (x, i) => [x, ys[i] ?? Number.NaN] as const)
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
    .toSorted(([a], [b]) => a - b)
  const [width, height] = [rangeOf(points.map(([x]) => x)), rangeOf(points.map(([, y]) => y))]
  if (!(width > 0 && height > 0)) return 0
  return points.reduce((most, [x, y], i) => {
    const next = points[i + 1]
    if (next === undefined) return most
    return Math.max(most, Math.abs(next[1] - y) / height - Math.abs(next[0] - x) / width)
  }, 0)
}

const rangeOf = (values: ReadonlyArray<number>): number =>
  values.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY) -
  values.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY)
