import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { UnsupportedKernel } from "../../src/Errors.ts"
import { prepare } from "../../src/engine/backend.ts"
import { rules } from "../../src/engine/onnx/rules.ts"
import { besselRatio, logI0 } from "../../src/tensor/special/bessel.ts"
import { lbeta } from "../../src/tensor/special/beta.ts"
import { betainc, betaincByA } from "../../src/tensor/special/betainc.ts"
import { erf, erfc } from "../../src/tensor/special/erf.ts"
import { digamma, digammaGap, lgamma, polygamma } from "../../src/tensor/special/gamma.ts"
import { gammainc, gammaincByShape, gammaincc } from "../../src/tensor/special/gammainc.ts"
import { special } from "../../src/tensor/special/index.ts"
import { densityInside, insideOf } from "../../src/tensor/special/insideOf.ts"
import { logSumExp } from "../../src/tensor/special/logSumExp.ts"
import { log1mexp, logaddexp, logit, xlog1py, xlogy } from "../../src/tensor/special/logs.ts"
import { erfinv, logNdtr, ndtri } from "../../src/tensor/special/normal.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { type Graph, isLeaf } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce } from "../engine/harness.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

type Function = (...x: ReadonlyArray<tf.Tensor>) => tf.Tensor
const { POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minusInf } = Number

const valueOf = (f: () => tf.Tensor): ReadonlyArray<number> => [...compute(f).values]

/** The gradient of Σ f by every argument, on tfjs's own tape. */
const gradientsOf = (f: Function, given: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> =>
  valueOf(() => {
    const gradients = tf.grads((...x: Array<tf.Tensor>) => tf.sum(f(...x)))(given.map((x) => tf.tensor1d([...x])))
    return tf.concat(gradients.map((gradient) => tf.reshape(gradient, [-1])))
  })

/** Arguments at which a formula could fail, and the values there. */
const edges: Readonly<Record<string, { readonly f: Function; readonly points: ReadonlyArray<ReadonlyArray<number>> }>> =
  {
    lgamma: {
      f: lgamma as Function,
      points: [
        [1, 0],
        [2, 0],
        [0, inf],
        [inf, inf],
        [1e30, 6.8077553e31]
      ]
    },
    digamma: {
      f: digamma as Function,
      points: [
        [1e30, Math.log(1e30)],
        [1e-20, -1e20]
      ]
    },
    trigamma: {
      f: ((x: tf.Tensor) => polygamma(1, x)) as Function,
      points: [
        [1e10, 1e-10],
        [1e-10, 1e20]
      ]
    },
    lbeta: {
      f: lbeta as Function,
      points: [
        [1, 1, 0],
        [1, 1e-3, Math.log(1e3)],
        [1e20, 1, -Math.log(1e20)]
      ]
    },
    erf: {
      f: erf as Function,
      points: [
        [0, 0],
        [100, 1],
        [-100, -1],
        [inf, 1],
        [1e-30, 1.1283792e-30]
      ]
    },
    erfc: {
      f: erfc as Function,
      points: [
        [0, 1],
        [100, 0],
        [-100, 2],
        [-inf, 2]
      ]
    },
    erfinv: {
      f: erfinv as Function,
      points: [
        [0, 0],
        [1, inf],
        [-1, minusInf]
      ]
    },
    ndtri: {
      f: ndtri as Function,
      points: [
        [0.5, 0],
        [0, minusInf],
        [1, inf]
      ]
    },
    logNdtr: {
      f: logNdtr as Function,
      points: [
        [40, 0],
        [0, Math.log(0.5)],
        [-1e10, -5e19]
      ]
    },
    logI0: {
      f: logI0 as Function,
      points: [
        [0, 0],
        [-2, 0.8239935],
        [1e30, 1e30]
      ]
    },
    besselRatio: {
      f: besselRatio as Function,
      points: [
        [0, 0],
        [-2, -0.6977747],
        [1e30, 1]
      ]
    },
    logaddexp: {
      f: logaddexp as Function,
      points: [
        [minusInf, minusInf, minusInf],
        [minusInf, 3, 3],
        [1e30, -1e30, 1e30]
      ]
    },
    log1mexp: {
      f: log1mexp as Function,
      points: [
        [100, -3.7835059e-44],
        [1e30, 0]
      ]
    },
    logit: {
      f: logit as Function,
      points: [
        [0.5, 0],
        [0, minusInf],
        [1, inf]
      ]
    },
    xlogy: {
      f: xlogy as Function,
      points: [
        [0, 0, 0],
        [0, inf, 0],
        [2, 0, minusInf]
      ]
    },
    xlog1py: {
      f: xlog1py as Function,
      points: [
        [0, -1, 0],
        [2, -1, minusInf]
      ]
    },
    gammainc: {
      f: gammainc as Function,
      points: [
        [1e-3, 0, 0],
        [2, 0, 0],
        [2, 1e30, 1],
        [1e5, 1e5, 0.5004206],
        [1e-30, 1, 1]
      ]
    },
    gammaincc: {
      f: gammaincc as Function,
      points: [
        [2, 0, 1],
        [2, 1e30, 0],
        [0.5, 1e4, 0]
      ]
    },
    betainc: {
      f: betainc as Function,
      points: [
        [2, 3, 0, 0],
        [2, 3, 1, 1],
        [1e5, 1e5, 0.5, 0.5],
        [1e-3, 1e-3, 0.5, 0.5]
      ]
    }
  }

describe("at the ends of its range a function has the limit as its value", () => {
  it.each(Object.entries(edges))("%s", (_, { f, points }) => {
    for (const point of points) {
      const [expected = Number.NaN, ...reversed] = [...point].reverse()
      const [value = Number.NaN] = valueOf(() => f(...reversed.reverse().map((x) => tf.scalar(x))))
      if (Number.isFinite(expected))
        expect(Math.abs(value - expected), `${value} at ${point}`).toBeLessThanOrEqual(
          4e-6 * Math.abs(expected) + 1e-43
        )
      else expect(value, String(point)).toBe(expected)
    }
  })
})

describe("outside of its domain a function is NaN", () => {
  it.each<readonly [string, Function, ReadonlyArray<ReadonlyArray<number>>]>([
    ["lgamma", lgamma as Function, [[-0.5], [-2.2], [-1e10]]],
    ["digamma", digamma as Function, [[-0.5], [-2.2], [-2.9], [-1], [-1e10]]],
    ["trigamma", ((x: tf.Tensor) => polygamma(1, x)) as Function, [[-0.5], [-2.2], [-1], [-1e10]]],
    ["digammaGap", digammaGap as Function, [[-0.5], [-2.2], [-1e10]]],
    [
      "lbeta",
      lbeta as Function,
      [
        [-0.5, 1],
        [2, -2.2],
        [-3, -3]
      ]
    ],
    ["erfinv", erfinv as Function, [[1.5], [-1.001], [1e10]]],
    ["ndtri", ndtri as Function, [[1.2], [-1e-3], [40]]],
    ["logit", logit as Function, [[1.5], [-0.1]]]
  ])("%s", (_, f, points) => {
    for (const point of points)
      expect(
        valueOf(() => f(...point.map((x) => tf.scalar(x)))),
        String(point)
      ).toEqual([Number.NaN])
  })
})

describe("a gradient is a number, also where the function ends", () => {
  it.each<{ readonly what: string; readonly f: Function; readonly at: ReadonlyArray<ReadonlyArray<number>> }>([
    { what: "lgamma", f: lgamma as Function, at: [[1, 2, 1e-10, 1e30]] },
    {
      what: "lbeta",
      f: lbeta as Function,
      at: [
        [1e-5, 1e20, 3],
        [1e-5, 2, 1e20]
      ]
    },
    { what: "erf", f: erf as Function, at: [[0, 100, -100, inf, minusInf]] },
    { what: "erfc", f: erfc as Function, at: [[0, 100, -100, inf, minusInf]] },
    { what: "logNdtr", f: logNdtr as Function, at: [[0, 40, -1e10, -1, 1e10]] },
    { what: "logI0", f: logI0 as Function, at: [[0, -8, 8, 1e20]] },
    { what: "besselRatio", f: besselRatio as Function, at: [[0, -8, 8, 1e18]] },
    {
      what: "logaddexp",
      f: logaddexp as Function,
      at: [
        [minusInf, minusInf, 3, inf],
        [minusInf, 3, minusInf, 0]
      ]
    },
    { what: "log1mexp", f: log1mexp as Function, at: [[1e-20, 100, 1e30]] },
    {
      what: "xlogy",
      f: xlogy as Function,
      at: [
        [0, 0, 2],
        [0, 3, 1e-30]
      ]
    },
    {
      what: "xlog1py",
      f: xlog1py as Function,
      at: [
        [0, 0, 2],
        [-1, 3, 1e-30]
      ]
    },
    { what: "logSumExp", f: ((x: tf.Tensor) => logSumExp(x)) as Function, at: [[minusInf, minusInf]] },
    {
      what: "logSumExp of one that is finite",
      f: ((x: tf.Tensor) => logSumExp(x)) as Function,
      at: [[minusInf, 0, 1e30]]
    },
    { what: "insideOf", f: ((x: tf.Tensor) => insideOf(x, 0, 1)) as Function, at: [[-1, 0, 0.5, 1, 2, inf, minusInf]] },
    {
      what: "gammainc",
      f: gammainc as Function,
      at: [
        [2, 2, 1e-3, 1e4, 1e5],
        [0, 1e30, 1e-30, 1e4, 3]
      ]
    },
    {
      what: "gammaincc",
      f: gammaincc as Function,
      at: [
        [2, 2, 1e-3, 1e4, 1e5],
        [0, 1e30, 1e-30, 1e4, 3]
      ]
    },
    {
      what: "betainc",
      f: betainc as Function,
      at: [
        [2, 2, 1e-3, 1e5],
        [3, 3, 1e-3, 1e5],
        [0, 1, 0.5, 0.5]
      ]
    }
  ])("$what", ({ f, at }) => {
    for (const gradient of gradientsOf(f, at)) expect(gradient).toSatisfy(Number.isFinite)
  })

  it("of logSumExp is 0 where all are −∞, and the softmax elsewhere", () => {
    expect(gradientsOf(((x: tf.Tensor) => logSumExp(x)) as Function, [[minusInf, minusInf]])).toEqual([0, 0])
    const rows = (x: tf.Tensor): tf.Tensor => logSumExp(tf.reshape(x, [2, 2]), 1)
    const [a = 0, b = 0, c = 0, d = 0] = gradientsOf(rows as Function, [[0, Math.log(3), -1000, minusInf]])
    expect([a, b, c, d].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0.25, 0.75, 1, 0])
  })

  it("sums over the dimensions along which an argument was broadcast", () => {
    const [a = 0, ...others] = gradientsOf(lbeta as Function, [[2], [1, 3]])
    // ψ(2) − ψ(3) + ψ(2) − ψ(5) = −1/2 − (1/2 + 1/3 + 1/4)
    expect(a).toBeCloseTo(-1 / 2 - 13 / 12, 6)
    expect(others[0]).toBeCloseTo(-1 - 1 / 2, 6)
    expect(others[1]).toBeCloseTo(-1 / 3 - 1 / 4, 6)
  })
})

describe("the support of a density", () => {
  const mask = (
    x: ReadonlyArray<number>,
    ...[low, high, bounds]: readonly [number, number, Parameters<typeof insideOf>[3]?]
  ) => valueOf(() => insideOf(tf.tensor1d([...x]), low, high, bounds)).map((value) => value === 0)

  it("holds its bounds, or not, and whole numbers alone where it says so", () => {
    expect(mask([-1, 0, 0.5, 1, 2], 0, 1)).toEqual([false, true, true, true, false])
    expect(mask([-1, 0, 0.5, 1, 2], 0, 1, { inclusive: false })).toEqual([false, false, true, false, false])
    expect(mask([-1, 0, 0.5, 1, 2, 1e30], 0, inf, { integer: true })).toEqual([false, true, false, true, true, true])
    expect(mask([minusInf, -1, 0], minusInf, 0, { inclusive: false })).toEqual([true, true, false])
  })

  it("holds infinity only where it is not said to be finite, and whole numbers are", () => {
    expect(mask([-inf, -1, 3e38, inf], minusInf, inf)).toEqual([true, true, true, true])
    expect(mask([-inf, -1, 3e38, inf], minusInf, inf, { finite: true })).toEqual([false, true, true, false])
    expect(mask([-inf, -1, 3e38, inf], 0, inf, { integer: true })).toEqual([false, false, true, false])
  })

  it("is NaN for no number", () => {
    for (const bounds of [{}, { integer: true }, { inclusive: false }, { finite: true }])
      expect(valueOf(() => insideOf(Number.NaN, 0, inf, bounds))).toEqual([Number.NaN])
  })

  it("selects from a density, of which −∞ remains outside and its own number inside", () => {
    const x = [Number.NaN, minusInf, -1, 0, 2, inf]
    const density = [Number.NaN, Number.NaN, inf, 5, minusInf, Number.NaN]
    const found = valueOf(() => densityInside(tf.tensor1d(density), tf.tensor1d(x), 0, inf, { finite: true }))
    expect(found).toEqual([Number.NaN, minusInf, minusInf, 5, minusInf, minusInf])
    expect(valueOf(() => densityInside(-3, tf.tensor1d([1, 2]), minusInf, inf))).toEqual([-3, -3])
  })

  it("gives the density's gradient, once, and none by the number that is tested", () => {
    for (const low of [0, minusInf]) {
      const slopes = tf.tidy(() =>
        tf
          .grads((density: tf.Tensor, x: tf.Tensor) => tf.mul(3, densityInside(density, x, low, inf)))([
            tf.scalar(2),
            tf.scalar(1)
          ])
          .map((slope) => slope.dataSync()[0])
      )
      expect(slopes).toEqual([3, 0])
    }
  })

  it("is −∞ outside", () => {
    expect(valueOf(() => insideOf(-1, 0, inf))).toEqual([minusInf])
  })
})

const recorded = (f: Function, arity: number): Graph =>
  record((recorder) => ({ y: f(...Array.from({ length: arity }, (_, i) => recorder.input(`x${i}`, [3]))) }))

describe("a special function in a program", () => {
  it("is one node", () => {
    expect(recorded(gammainc as Function, 2).nodes.map(({ kernel }) => kernel)).toEqual(["Input", "Input", "Gammainc"])
  })

  it("is written as ops that engines know once the graph is simplified, its gradient too", () => {
    const loss = record((recorder) => ({ y: tf.sum(betainc(recorder.input("a", [3]), 2, recorder.input("x", [3]))) }))
    const { nodes } = simplify(differentiate(loss, "y", ["a", "x"]))
    expect(nodes.filter((node) => !isLeaf(node) && rules[node.kernel] === undefined)).toEqual([])
    expect(nodes.filter(({ kernel }) => special[kernel] !== undefined)).toEqual([])
  })

  it("keeps its table free of names that tfjs has", () => {
    const names = new Set(tf.getKernelsForBackend("webgl").map(({ kernelName }) => kernelName))
    expect(Object.keys(special).filter((name) => names.has(name))).toEqual([])
  })

  it("whose derivative is not known refuses to be differentiated, by name", () => {
    for (const [f, arity] of [
      [gammaincByShape, 2],
      [betaincByA, 3]
    ] as const) {
      const loss = record((recorder) => {
        const inputs = Array.from({ length: arity }, (_, i) => recorder.input(`x${i}`, []))
        return { y: (f as Function)(...inputs) }
      })
      expect(() => differentiate(loss, "y", ["x0"])).toThrow(UnsupportedKernel)
    }
  })
})

describe.each(engines)("on %s", (_, engine) => {
  it("logSumExp and the mask of a support give what their definitions say", async () => {
    const graph = simplify(
      record((recorder) => {
        const x = recorder.input("x", [2, 3])
        return { sums: logSumExp(x, 1), mask: insideOf(x, 0, inf, { integer: true }) }
      })
    )
    const x = Float32Array.of(1000, 1000, minusInf, minusInf, minusInf, minusInf)
    const found = await runOnce(engine, pure(graph), nothing, 1, { x })
    expect(found["sums"]?.[0]).toBeCloseTo(1000 + Math.LN2, 3)
    expect(found["sums"]?.[1]).toBe(minusInf)
    expect(found["mask"]?.map((value) => (value === 0 ? 1 : 0))).toEqual(Float32Array.of(1, 1, 0, 0, 0, 0))
  })
})
