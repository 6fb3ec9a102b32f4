import { anything, type Interval, pointOf } from "../tensor/Interval.ts"
import { type Graph, type Id, type Node, nodeAt, valuesOf } from "./Graph.ts"
import { insideBounds } from "./kernels/specialRanges.ts"

type Nodes = Pick<Graph, "nodes">

/**
 * Whether the given nodes do not change when a number of a draw moves on by the period: every way to them goes through a function that repeats itself
 * there, such as cos(k·z + c) with a whole number k and the period 2π.
 *
 * Arguments of such a function are sums of multiples of numbers of the draw, of what repeats itself already, and of what does not depend on the draw.
 * Everything else counts as a function without a period.
 *
 * @param draws the nodes that are the draw itself
 * @param ranges what is constant within its range does not depend on the draw, such as the density's end at −π and π
 */
export const readsPeriodically = (
  graph: Nodes,
  draws: ReadonlySet<Id>,
  period: number,
  roots: Iterable<Id>,
  ranges: ReadonlyArray<Interval> = []
): boolean => {
  const dependence = new Map<Id, Dependence>()
  graph.nodes.forEach((node, id) => {
    const range = ranges[id]
    if (draws.has(id)) dependence.set(id, [1])
    else if (range === undefined || pointOf(range) === undefined) {
      const found = dependenceOf(graph, { ...node, inputs: inputsThatCount(node, ranges) }, dependence, period)
      if (found !== undefined) dependence.set(id, found)
    }
  })
  return [...roots].every((root) => [undefined, "periodic"].includes(asWord(dependence.get(root))))
}

/** The inputs that the result depends on: not a number whose range lies inside of the bounds of a density. */
const inputsThatCount = (node: Node, ranges: ReadonlyArray<Interval>): ReadonlyArray<Id> => {
  const [density = 0, x = 0] = node.inputs
  const isInside = node.kernel === "DensityInside" && insideBounds(ranges[x] ?? anything, node.attrs) === "all"
  return isInside ? [density] : node.inputs
}

/**
 * How a node depends on the draw: by a function with the period, by one whose sign alone changes with it, such as sin ½z, by a sum of multiples of its numbers by these factors (and of periodic functions), or
 * in another way. Nodes that do not depend on it have none.
 */
type Dependence = "periodic" | "alternating" | "other" | ReadonlyArray<number>

const asWord = (dependence: Dependence | undefined): string | undefined =>
  typeof dependence === "object" ? "multiples" : dependence

const dependenceOf = (
  graph: Nodes,
  node: Node,
  known: ReadonlyMap<Id, Dependence>,
  period: number
): Dependence | undefined => {
  const own = node.inputs.map((input) => known.get(input))
  const given = own.flatMap((each) => (each === undefined ? [] : [each]))
  if (given.length === 0) return undefined
  if (given.includes("other")) return "other"
  if (given.includes("alternating")) return ofAlternating(node, own)
  const factors = given.flatMap((each) => (typeof each === "object" ? each : []))
  if (factors.length === 0) return "periodic"
  if (sums.includes(node.kernel)) return unique(factors)
  if (node.kernel === "Neg") return factors.map((factor) => -factor)
  if (node.kernel === "Multiply" || node.kernel === "RealDiv") return scaled(graph, node, own, factors)
  const repeats = periods[node.kernel]
  if (repeats === undefined) return "other"
  const times = factors.map((factor) => (factor * period) / repeats)
  if (times.every(isWhole)) return "periodic"
  return node.kernel !== "Tan" && times.every((each) => isWhole(2 * each) && !isWhole(each)) ? "alternating" : "other"
}

/** The square and the size of what changes its sign, and the product or quotient of two such functions, have the period. */
const ofAlternating = ({ kernel }: Node, own: ReadonlyArray<Dependence | undefined>): Dependence => {
  if (own.some((each) => each !== undefined && each !== "alternating")) return "other"
  const isProduct = kernel === "Multiply" || kernel === "RealDiv"
  if (kernel === "Square" || kernel === "Abs" || (isProduct && own.every((each) => each === "alternating")))
    return "periodic"
  return kernel === "Neg" || isProduct || (sums.includes(kernel) && own.length === 1) ? "alternating" : "other"
}

/** Each number of the result is a sum of numbers of the inputs, with whole factors. */
const sums = [
  ...["Add", "Sub", "Sum", "Cumsum", "Sample", "StopGradient"],
  ...["Reshape", "Transpose", "Slice", "Concat", "Tile", "Reverse", "PadV2"]
]

const periods: Readonly<Record<string, number>> = { Sin: 2 * Math.PI, Cos: 2 * Math.PI, Tan: Math.PI }

/** The factors of a product with a constant, or of a quotient by one. */
const scaled = (
  graph: Nodes,
  { kernel, inputs }: Node,
  own: ReadonlyArray<Dependence | undefined>,
  factors: ReadonlyArray<number>
): Dependence => {
  const place = own.indexOf(undefined)
  const other = place < 0 ? undefined : nodeAt(graph, inputs[place] ?? 0)
  if (other?.kernel !== "Const" || (kernel === "RealDiv" && place !== 1)) return "other"
  const values = unique(Array.from(valuesOf(other)))
  const of = kernel === "RealDiv" ? (x: number, y: number) => x / y : (x: number, y: number) => x * y
  return values.length > most ? "other" : unique(values.flatMap((value) => factors.map((factor) => of(factor, value))))
}

/** A constant with more different numbers is not looked at. */
const most = 64

const unique = (xs: ReadonlyArray<number>): ReadonlyArray<number> => [...new Set(xs)]

/** A whole number, up to the rounding of a factor such as 2π/3 to float32. */
const isWhole = (x: number): boolean => Math.abs(x - Math.round(x)) <= 1e-6 * Math.abs(x)
