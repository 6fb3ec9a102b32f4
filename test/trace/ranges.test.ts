import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Interval, includes, interval } from "../../src/tensor/Interval.ts"
import { special } from "../../src/tensor/special/index.ts"
import { logMeanExpOver, meanOver, othersMeanOver, sumOver } from "../../src/trace/axes.ts"
import { continuityOf } from "../../src/trace/continuity.ts"
import { descendants, type Graph, type Id, nameOf, nodeAt, print } from "../../src/trace/Graph.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { rangesOf } from "../../src/trace/ranges/rangesOf.ts"
import { record } from "../../src/trace/record.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import { type Call, kernelCalls, mulberry, type Operand } from "../support/kernelCalls.ts"
import { everyNode, type Numbers, runGraph, useCpu } from "../support/onCpu.ts"
import { inputsOf, recordCall, withoutSamples } from "../support/recordCall.ts"

useCpu()

const calls = Object.entries(kernelCalls)

/** Ends among which those of poles and of domains are. */
const ends = [-4, -3, -2, -1.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 1.5, 2, 3, 4]
const anyInterval: fc.Arbitrary<Interval> = fc
  .tuple(fc.constantFrom(...ends), fc.constantFrom(...ends), fc.constantFrom("[]", "[)", "(]", "()"))
  .map(([a, b, bounds]) => (a === b ? interval(a, a) : interval(Math.min(a, b), Math.max(a, b), bounds)))

/** Kernels without a rule: nothing is known of their values. Derivatives of others among them are defined where those are. */
const ruleless = [
  ...["BetaincByA", "BetaincByB", "GammaincByShape", "LogQuantileSlope", "VonMisesSlope"],
  ...["LogBetaincSlope", "LogGammaincSlope"],
  ...["Cholesky", "SolveTriangular"]
]

/** Functions whose inputs are tied to one another, as p and 1 − p are: they have no sense where these lie anywhere. */
const tied = ["LogShare", "ExactLog", "LogBetween", "LogNegLog", "NdtriOfLogs"]

/** Noise is what a kernel that draws expects, and derivatives have the domain of their function; whole numbers are places and truth values, which must exist. */
const intervalFor = (kernel: string, operand: Operand, place: number): fc.Arbitrary<Interval> => {
  const { noise = [], inputs = [] } = special[kernel] ?? {}
  const [low, high] = operand.range
  return operand.dtype !== "float32" || noise.includes(inputs[place] ?? "") || [...ruleless, ...tied].includes(kernel)
    ? fc.constant(interval(low, high))
    : anyInterval
}

const intervalsFor = (kernel: string, { operands }: Call): fc.Arbitrary<ReadonlyArray<Interval>> =>
  fc.tuple(...operands.map((operand, i) => intervalFor(kernel, operand, i)))

/** Numbers from an interval, its closed ends among them. */
const valueIn = ({ low, high, lowOpen, highOpen }: Interval, random: number): number => {
  if (low === high) return low
  if (random < 0.1) return lowOpen ? low + (high - low) / 4096 : low
  if (random > 0.9) return highOpen ? high - (high - low) / 4096 : high
  return low + (high - low) * ((random - 0.05) / 0.9)
}

const drawIn = ({ operands }: Call, intervals: ReadonlyArray<Interval>, seed: number): ReadonlyArray<Numbers> => {
  const random = mulberry(seed)
  return operands.map(({ shape, dtype }, i) => {
    const size = shape.reduce((product, n) => product * n, 1)
    const among = intervals[i] as Interval
    const numbers = Array.from({ length: size }, () => valueIn(among, random()))
    if (dtype === "float32") return { values: Float32Array.from(numbers), shape, dtype }
    const whole = numbers.map(Math.round)
    return { values: dtype === "int32" ? Int32Array.from(whole) : Uint8Array.from(whole), shape, dtype }
  })
}

const rangesFor = (graph: Graph, intervals: ReadonlyArray<Interval>): ReadonlyArray<Interval> =>
  rangesOf(graph, (node) => (node.kernel === "Input" ? intervals[Number(nameOf(node).slice(1))] : undefined))

/** Whether float32 may have computed a number of an interval as x: a bound that is 0 keeps its sign. */
const isNear = (range: Interval, x: number): boolean => {
  if (Number.isNaN(x)) return range.nan
  if (includes(range, x)) return true
  if (range.low === 0 && x < 0) return false
  if (range.high === 0 && x > 0) return false
  const slack = 4e-6 * (1 + Math.abs(x))
  return x >= range.low - slack && x <= range.high + slack && x !== 0
}

const show = (range: Interval): string =>
  `${range.lowOpen ? "(" : "["}${range.low}, ${range.high}${range.highOpen ? ")" : "]"}${range.nan ? " or NaN" : ""}`

type Case = readonly [call: Call, intervals: ReadonlyArray<Interval>, seed: number]
const cases = (kernel: string, examples: fc.Arbitrary<Call>): fc.Arbitrary<Case> =>
  examples.chain((call) => fc.tuple(fc.constant(call), intervalsFor(kernel, call), fc.nat(1e6)))

describe("every number of a value lies in the range that is computed from the ranges of the inputs", () => {
  it.each(calls)("%s", (kernel, examples) => {
    fc.assert(
      fc.property(cases(kernel, examples), ([call, intervals, seed]) => {
        const graph = withoutSamples(recordCall(call))
        const ranges = rangesFor(graph, intervals)
        const results = runGraph(everyNode(graph), inputsOf(drawIn(call, intervals, seed)))
        for (const [name, { values }] of Object.entries(results)) {
          const range = ranges[Number(name.slice(1))] as Interval
          for (const x of values)
            expect(
              isNear(range, x),
              `${x} in ${show(range)} of ${name} in\n${print(graph)}\n${intervals.map(show)}`
            ).toBe(true)
        }
      }),
      { seed: 5, numRuns: 15 }
    )
  })
})

it("every other kernel has a rule for its range", () => {
  const without = Object.entries(kernels).flatMap(([name, { range }]) => (range === undefined ? [name] : []))
  expect(without.filter((name) => name !== "LogSumExp" && name !== "Scan").sort()).toEqual([...ruleless].sort())
})

describe("a named reduction lies in its range before the axis is there, and after", () => {
  const named = { SumOver: sumOver, MeanOver: meanOver, LogMeanExpOver: logMeanExpOver, OthersMeanOver: othersMeanOver }
  it.each(Object.entries(named))("%s", (_, reduce) => {
    fc.assert(
      fc.property(anyInterval, fc.nat(1e6), (among, seed) => {
        const graph = record(({ input }) => ({ y: reduce(input("x0", []), "rows") }))
        const range = rangesFor(graph, [among])[graph.outputs["y"] ?? 0] as Interval
        const wide = vectorise(graph, { name: "rows", size: 4, inputs: new Set(["x0"]), sites: new Set() })
        const random = mulberry(seed)
        const values = Float32Array.from({ length: 4 }, () => valueIn(among, random()))
        for (const x of runGraph(wide, { x0: { values, shape: [4], dtype: "float32" } })["y"]?.values ?? [])
          expect(isNear(range, x), `${x} in ${show(range)} for ${show(among)}`).toBe(true)
      }),
      { seed: 7, numRuns: 30 }
    )
  })
})

const points = 16
const halvings = 15

/** The largest change of a number of y along a straight way from one input to another, on a step that is halved again and again. */
const largestStep = (graph: Graph, from: ReadonlyArray<Numbers>, to: ReadonlyArray<Numbers>): number => {
  const at = (t: number): ReadonlyArray<number> => {
    const values = from.map((numbers, i) => ({
      ...numbers,
      values:
        numbers.dtype === "float32"
          ? Float32Array.from(numbers.values, (x, j) => x + t * ((to[i]?.values[j] ?? x) - x))
          : numbers.values
    }))
    return Array.from(runGraph(graph, inputsOf(values), ["y"])["y"]?.values ?? [])
  }
  const distance = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
    Math.max(0, ...a.map((x, i) => Math.abs(x - (b[i] ?? x)) / (1 + Math.min(Math.abs(x), Math.abs(b[i] ?? x)))))
  const grid = Array.from({ length: points + 1 }, (_, i) => at(i / points))
  const steps = grid.slice(1).map((y, i) => distance(y, grid[i] ?? y))
  const widest = steps.indexOf(Math.max(...steps))
  let [left, right] = [
    { t: widest / points, y: grid[widest] ?? [] },
    { t: (widest + 1) / points, y: grid[widest + 1] ?? [] }
  ]
  for (let i = 0; i < halvings; i++) {
    const t = (left.t + right.t) / 2
    const middle = { t, y: at(t) }
    if (distance(left.y, middle.y) > distance(middle.y, right.y)) right = middle
    else left = middle
  }
  return distance(left.y, right.y)
}

const isContinuous = (graph: Graph, ranges: ReadonlyArray<Interval>, moving: ReadonlySet<Id>): boolean => {
  const influenced = descendants(graph, moving)
  return graph.nodes.every((_, id) => ["smooth", "kinked"].includes(continuityOf(graph, ranges, id, influenced)))
}

/** Draws move with their parameters at a fixed value of the distribution function, and not as their method does at fixed noise. */
const implicit = new Set(["LogStandardGamma", "VonMises"])

describe("what is called smooth or kinked changes little where its moving inputs do", () => {
  it.each(calls.filter(([kernel]) => !implicit.has(kernel)))("%s", (kernel, examples) => {
    let judged = 0
    fc.assert(
      fc.property(
        cases(kernel, examples),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(1e6),
        ([call, intervals, seed], chosen, other) => {
          const graph = withoutSamples(recordCall(call))
          const moves = call.operands.map(({ dtype }, i) => dtype === "float32" && ((chosen >> i) & 1) === 1)
          const moving = new Set(
            graph.nodes.flatMap((node, id) =>
              node.kernel === "Input" && moves[Number(nameOf(node).slice(1))] === true ? [id] : []
            )
          )
          if (moving.size === 0 || !isContinuous(graph, rangesFor(graph, intervals), moving)) return
          const [from, to] = [drawIn(call, intervals, seed), drawIn(call, intervals, other)]
          const end = to.map((numbers, i) => (moves[i] === true ? numbers : (from[i] as Numbers)))
          const step = largestStep(graph, from, end)
          judged++
          // a root's step is that of the root of 8/2¹⁹
          if (Number.isFinite(step)) expect(step, print(graph)).toBeLessThan(0.02)
        }
      ),
      { seed: 6, numRuns: 8 }
    )
    if (!jumping.includes(kernel)) expect(judged).toBeGreaterThan(0)
  })
})

/** Rows that jump, or may, where nothing is known of inputs that all move. */
const jumping = [
  ...["Floor", "Ceil", "Round", "Sign", "Step", "FloorDiv", "Mod", "Cast"],
  ...["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"],
  ...["LogicalAnd", "LogicalOr", "LogicalNot", "IsNan", "IsInf", "IsFinite", "All", "Any", "ArgMax", "ArgMin"],
  ...["Poisson", "Binomial", "GatherV2", "UnsortedSegmentSum", "InsideOf", "DensityInside", "IsLargest"]
]
const poles = [
  ...["RealDiv", "Reciprocal", "Pow", "Tan", "Atan2", "Select"],
  ...["Digamma", "Polygamma", "Lbeta", "LgammaGap", "Gammainc", "Gammaincc", "Betainc"],
  ...["Betaincc", "LogGammainc", "LogBetainc", "DigammaGap", "StirlingGap"]
]
/** Functions that end at their pole, as log x does at 0, where their domain's end is the least or the greatest number of their input. */
const endPoles = {
  Log: [0, 4],
  Log1p: [-1, 4],
  Rsqrt: [0, 4],
  Lgamma: [0, 4],
  Log1mexp: [0, 4],
  Xlogy: [0, 4],
  Xlog1py: [-1, 4],
  Atanh: [-1, 1],
  Erfinv: [-1, 1],
  Ndtri: [0, 1],
  Logit: [0, 1],
  LogMass: [0, 4],
  LogOtherMass: [0, 1],
  LogShare: [0, 4],
  LogNegLog: [-4, 0],
  NdtriOfLogs: [-4, 0],
  LogQuotient: [0, 4],
  LogLess: [0, 4],
  LogitLess: [0, 1],
  LogOneLessPower: [0, 1],
  CloseDeviance: [0, 4],
  GammaLogDensity: [0, 4],
  NegativeBinomialByMean: [0, 4],
  BetaLogDensity: [0, 4],
  PolyaCell: [0, 4]
} as const

/** A kernel's continuity for inputs that lie in one interval and all move. */
const continuityWithin = (kernel: string, range: Interval): string => {
  const row = kernels[kernel]
  const node = { kernel, inputs: [], names: [], attrs: { low: 0, high: 1 }, shape: [], dtype: "int32" } as const
  return row?.continuity(Array(5).fill(range), Array(5).fill(true), node) ?? "none"
}

it("what can jump, and nothing else, says so", () => {
  const wide = interval(-4, 4)
  // a recurrence is as its body is: test/trace/scan.test.ts
  const rows = Object.keys(kernels).filter((kernel) => kernel !== "Scan")
  const flagged = (word: string, range = wide): ReadonlyArray<string> =>
    rows.filter((kernel) => continuityWithin(kernel, range) === word)
  expect([...flagged("jumps")].sort()).toEqual([...jumping].sort())
  expect([...flagged("mayJump")].sort()).toEqual([...poles].sort())
  for (const [kernel, [low, high]] of Object.entries(endPoles)) {
    expect([kernel, continuityWithin(kernel, interval(low, high))]).toEqual([kernel, "mayJump"])
    expect([kernel, continuityWithin(kernel, interval(low, high, "()"))]).toEqual([kernel, "smooth"])
  }
  const alone = rows.filter((kernel) => kernels[kernel]?.doubt !== undefined)
  expect(alone.sort()).toEqual([...poles, ...Object.keys(endPoles)].sort())
})

it("every node that may jump says what would have to be excluded", () => {
  for (const kernel of [...poles, ...Object.keys(endPoles)]) expect(kernels[kernel]?.doubt, kernel).toMatch(/may/)
})

it("one pass gives one range for each node, and what is told of a node holds beside what is computed", () => {
  const graph = recordCall(fc.sample(kernelCalls["Exp"] as fc.Arbitrary<Call>, { seed: 1, numRuns: 1 })[0] as Call)
  const ranges = rangesOf(graph, (node) => (node.kernel === "Exp" ? interval(-1, 2) : undefined))
  expect(ranges).toHaveLength(graph.nodes.length)
  const at = graph.nodes.findIndex(({ kernel }) => kernel === "Exp")
  expect(ranges[at]).toEqual(interval(0, 2, "(]"))
  expect(nodeAt(graph, at).kernel).toBe("Exp")
})
