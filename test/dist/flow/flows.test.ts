import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Flow } from "../../../src/dist/flow/index.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Transformed } from "../../../src/dist/Transformed.ts"
import type { Transform } from "../../../src/dist/transform/Transform.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { Tensor, typed } from "../../../src/tensor/Tensor.ts"
import { record } from "../../../src/trace/record.ts"
import { jumpsFrom } from "../../support/jumpsFrom.ts"
import { compute, useCpu } from "../../support/onCpu.ts"
import { line, product } from "../laws/Domain.ts"
import { iaf, maf, neuralSpline, planar, radial, realNvp } from "./flows.ts"
import { fixedNet, numbers, vector } from "./nets.ts"

useCpu()

const given = (...values: ReadonlyArray<number>) => Tensor.of([values.length], tf.tensor1d([...values]))
const read = (f: () => tf.Tensor): ReadonlyArray<number> => [...compute(f).values]

describe("a flow of a standard normal plane", () => {
  const base = Normal(0, 1).iid(2)
  // functions of one vector are slow over many
  const all: ReadonlyArray<readonly [string, () => Transform, stride: number]> = [
    ["planar", planar, 5],
    ["radial", radial, 10],
    ["realNvp", realNvp, 25],
    ["iaf", iaf, 25],
    ["maf", maf, 25]
  ]

  it.each(all)("%s: has a density that integrates to 1", (_, flow, stride) => {
    const { points, weights } = product([line(0, 1), line(0, 1)], stride)
    const logs = read(() => Transformed(base, flow()).logDensity(tf.tensor2d(points as Array<Array<number>>)))
    const total = logs.reduce((sum, log, i) => sum + Math.exp(log) * (weights[i] ?? Number.NaN), 0)
    // the trapezoid rule in t, with a finer step for what is pressed together most
    expect(Math.abs(total - 1)).toBeLessThan(1e-3)
  })

  it("by a spline of its numbers has one, too", () => {
    const { points, weights } = line(0, 1)
    const flow = () => Flow.spline(numbers(5, [11]), { bound: 2 })
    const logs = read(() => Transformed(Normal(0, 1), flow()).logDensity(tf.tensor1d(points as Array<number>)))
    const total = logs.reduce((sum, log, i) => sum + Math.exp(log) * (weights[i] ?? Number.NaN), 0)
    // steps of 0.0064 in t, of second order where the slope has corners
    expect(Math.abs(total - 1)).toBeLessThan(1e-4)
  })
})

describe("planar", () => {
  it("is the formula of Rezende and Mohamed, with u moved along w so that û·w = log(1 + exp(u·w)) − 1", () => {
    const [w, u, b, x] = [[1, -0.5], [-1.5, 0.5], 0.25, [0.3, 0.8]] as const
    const product = u[0] * w[0] + u[1] * w[1]
    const excess = Math.log1p(Math.exp(product)) - 1 - product
    const moved = u.map((each, i) => each + (excess * (w[i] ?? 0)) / 1.25)
    const height = Math.tanh(w[0] * x[0] + w[1] * x[1] + b)
    const expected = x.map((each, i) => each + (moved[i] ?? 0) * height)
    read(() => planar(b).forward(tf.tensor1d([...x]))).forEach((y, i) => {
      expect(y).toBeCloseTo(expected[i] ?? Number.NaN, 6)
    })
  })

  it("is inverted where its equation is hardest: next to a triple root", () => {
    // û·w = −0.9999, and points whose images lie about the plane
    const hard = () => Flow.planar({ w: given(1, 0), u: given(-9.2, 0), b: 0 })
    for (const x of [1e-3, 0.05, -0.3, 1, 4, 30]) {
      const back = read(() => hard().inverse(hard().forward(tf.tensor1d([x, 1]))))
      // t + c·tanh t ≈ t³/3 there: an error of 6e-8 in y is one of 6e-8/x² in x
      expect(Math.abs((back[0] ?? Number.NaN) - x)).toBeLessThan(Math.max(1e-6 * (1 + x), 2e-7 / (1e-4 + x * x)))
    }
  })
})

describe("radial", () => {
  it("leaves its center where it is, with a gradient there", () => {
    const center = [0.25, -0.5]
    expect(read(() => radial().forward(tf.tensor1d(center)))).toEqual(center)
    const gradient = read(() => tf.grad((x) => tf.sum(radial().forward(x)))(tf.tensor1d(center)))
    // ∂y/∂x = 1 + β̂/α there, with β̂ = log(1 + e) − α
    for (const each of gradient) expect(each).toBeCloseTo(Math.log1p(Math.E) / 0.75, 5)
  })

  it("refuses a number alpha that is not above 0", () => {
    tf.tidy(() => {
      expect(() => Flow.radial({ center: given(0, 0), alpha: 0, beta: 1 })).toThrow(SupportViolation)
    })
  })
})

describe("an autoregressive flow", () => {
  const gradients = (flow: Transform, i: number): ReadonlyArray<number> =>
    read(() => tf.grad((x) => tf.sum(tf.slice(flow.forward(x), [i], [1])))(tf.tensor1d([0.3, -0.2, 0.9, 0.1])))

  it.each([
    ["iaf", () => Flow.iaf(fixedNet([4, 9, 8], true))],
    ["maf", () => Flow.maf(fixedNet([4, 9, 8], true))]
  ])("%s: lets each number depend on itself and those before it alone", (_, flow) => {
    for (const i of [0, 1, 2, 3]) {
      const row = gradients(flow(), i)
      row.forEach((each, j) => {
        if (j > i) expect(each).toBe(0)
        else expect(each).not.toBe(0)
      })
    }
  })

  it("maf and iaf with one net undo each other but for signs: maf's draws give iaf's density point by point", () => {
    // y = m(y) + x·e^s(y) is the inverse of x = −m(y)e^{−s(y)} + y·e^{−s(y)}: an iaf with another net
    const turned = (y: tf.Tensor): Tensor<readonly [number]> => {
      const both = fixedNet([2, 8, 4], true)(y)
      const [shift, logScale] = [tf.slice(both, [0], [2]), tf.slice(both, [2], [2])]
      return typed(tf.concat([tf.neg(tf.mul(shift, tf.exp(tf.neg(logScale)))), tf.neg(logScale)]))
    }
    const y = read(() => maf().forward(tf.tensor1d([0.4, -1])))
    read(() => Flow.iaf(turned).forward(tf.tensor1d([...y]))).forEach((x, i) => {
      expect(x).toBeCloseTo([0.4, -1][i] ?? Number.NaN, 5)
    })
  })

  it("refuses a net that gives another count of numbers, and says which", () => {
    tf.tidy(() => {
      expect(() => Flow.iaf(fixedNet([2, 3])).forward(tf.zeros([2]))).toThrow(
        "the net of iaf(…): expected shape [4], got [3]. It gives a shift for each number, and then a log scale for each."
      )
      expect(() => Flow.maf(fixedNet([2, 3])).inverse(tf.zeros([2]))).toThrow(ShapeMismatch)
    })
  })
})

describe("masks", () => {
  it("of a net without hidden layers are the strict triangle, once for shifts and once for log scales", () => {
    const [only] = Flow.masks([3, 6])
    expect(only?.shape).toEqual([3, 6])
    expect(Array.from(only?.values ?? [])).toEqual([0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  })

  it("let every output see every input before it, through hidden layers", () => {
    const product = Flow.masks([4, 7, 5, 8]).reduce<ReadonlyArray<ReadonlyArray<number>>>(
      (paths, { shape: [from, to], values }) =>
        paths.map((row) =>
          Array.from({ length: to }, (_, j) =>
            Array.from({ length: from }, (_unused, i) => (row[i] ?? 0) * (values[i * to + j] ?? 0)).reduce(
              (a, b) => a + b,
              0
            )
          )
        ),
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)))
    )
    product.forEach((row, input) => {
      row.forEach((paths, output) => {
        expect(paths > 0).toBe(input < output % 4)
      })
    })
  })

  it("leave the outputs of a net of one number constant", () => {
    expect(Flow.masks([1, 3, 2]).map(({ values }) => Array.from(values))).toEqual([
      [0, 0, 0],
      [1, 1, 1, 1, 1, 1]
    ])
  })

  it("refuse outputs that are no multiple of the inputs", () => {
    expect(() => Flow.masks([3, 7])).toThrow(ShapeMismatch)
  })
})

describe("a coupling", () => {
  it("leaves the kept numbers as they are", () => {
    for (const flow of [realNvp, neuralSpline])
      expect(read(() => flow().forward(tf.tensor1d([0.7, 5])))[0]).toBe(Math.fround(0.7))
  })

  it("refuses vectors with nothing to transform, and nets that give another count", () => {
    tf.tidy(() => {
      expect(() => realNvp().forward(tf.zeros([1]))).toThrow(ShapeMismatch)
      expect(() => Flow.neuralSpline(1, fixedNet([1, 10]), { bins: 4, bound: 3 }).forward(tf.zeros([2]))).toThrow(
        "the net of neuralSpline(…): expected shape [11], got [10]"
      )
    })
  })
})

describe("a spline", () => {
  it("is the identity with zeros, inside and outside, with slope 1", () => {
    const x = [-7, -2.9, -0.3, 0, 1, 2.999, 3, 12]
    read(() => Flow.spline(tf.zeros([14]), { bound: 3 }).forward(tf.tensor1d(x))).forEach((y, i) => {
      expect(Math.abs(y - (x[i] ?? 0))).toBeLessThan(1e-5)
    })
    for (const log of read(() => Flow.spline(tf.zeros([14]), { bound: 3 }).forwardAndLogDet(tf.tensor1d(x))[1]))
      expect(Math.abs(log)).toBeLessThan(1e-5)
  })

  it("is the identity outside of its bounds whatever its parameters", () => {
    const x = [-100, -3, 3, 40]
    read(() => Flow.spline(numbers(3, [14], 2), { bound: 3 }).forward(tf.tensor1d(x))).forEach((y, i) => {
      // a sum of the bins' heights, each rounded
      expect(Math.abs(y - (x[i] ?? 0))).toBeLessThan(1e-5)
    })
  })

  it("goes through the knots that its widths and heights give, by the paper's formulas", () => {
    const [bins, bound] = [4, 2]
    const raw = read(() => numbers(8, [11], 1))
    const shares = (logits: ReadonlyArray<number>): ReadonlyArray<number> => {
      const total = logits.reduce((sum, x) => sum + Math.exp(x), 0)
      return logits.map((x) => 2 * bound * (1e-3 + (1 - 1e-3 * bins) * (Math.exp(x) / total)))
    }
    const places = (lengths: ReadonlyArray<number>) =>
      lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, x) => sum + x, -bound))
    const [xs, ys] = [places(shares(raw.slice(0, 4))), places(shares(raw.slice(4, 8)))]
    read(() => Flow.spline(tf.tensor1d([...raw]), { bound }).forward(tf.tensor1d([...xs]))).forEach((y, i) => {
      expect(Math.abs(y - (ys[i] ?? Number.NaN))).toBeLessThan(2e-6)
    })
  })

  it("is made of ops that do not jump, so that a plan may differentiate through it", () => {
    const graph = record(({ input }) => {
      const flow = Flow.spline(input("parameters", [11]), { bound: 1.5 })
      const [y, logDet] = flow.forwardAndLogDet(input("x", []))
      return { y, logDet, x: flow.inverse(y) }
    })
    expect(jumpsFrom(graph, "x", {})).toEqual([])
    expect(graph.nodes.length).toBeGreaterThan(50)
  })

  it("refuses a count of parameters that fits no number of bins", () => {
    tf.tidy(() => {
      expect(() => Flow.spline(tf.zeros([12]), { bound: 1 })).toThrow("spline(…): expected shape [14], got [12]")
    })
  })
})

describe("linear", () => {
  it("is PLUx", () => {
    const shear = () =>
      Flow.linear({ lower: given(2), upper: given(3), logDiagonal: given(Math.log(2), Math.log(5)), order: [1, 0] })
    // U = [[2, 3], [0, 5]], L = [[1, 0], [2, 1]]: U(1, 1) = (5, 5), L(5, 5) = (5, 15)
    read(() => shear().forward(tf.tensor1d([1, 1]))).forEach((y, i) => {
      expect(y).toBeCloseTo([15, 5][i] ?? Number.NaN, 5)
    })
    expect(read(() => shear().forwardAndLogDet(tf.tensor1d([1, 1]))[1])[0]).toBeCloseTo(Math.log(10), 6)
  })

  it("refuses parameters whose counts do not go together", () => {
    tf.tidy(() => {
      expect(() => Flow.linear({ lower: vector(1, 2), upper: vector(2, 3), logDiagonal: vector(3, 3) })).toThrow(
        ShapeMismatch
      )
      expect(() =>
        Flow.linear({ lower: vector(1, 3), upper: vector(2, 3), logDiagonal: vector(3, 3), order: [0, 1, 1] })
      ).toThrow(SupportViolation)
    })
  })
})
