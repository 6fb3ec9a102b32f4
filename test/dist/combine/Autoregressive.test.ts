import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Autoregressive } from "../../../src/dist/combine/Autoregressive.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"
import { bell, product } from "../laws/Domain.ts"
import { number, vector } from "../laws/Row.ts"
import { scalarOf } from "../laws/scalarOf.ts"
import { combinedLaws } from "./combinedLaws.ts"
import type { Lawful } from "./Lawful.ts"

useCpu()

type Series = { readonly coefficients: ReadonlyArray<number>; readonly scale: number; readonly loc: number }

const second: Lawful<Series> = {
  make: ({ coefficients, scale, loc }) =>
    Autoregressive({ coefficients, scale: scalarOf(scale), loc: scalarOf(loc), steps: 3 }),
  settings: fc.record({ coefficients: vector(-0.6, 0.6, 2), scale: number(0.5, 1.5), loc: number(-1, 1) }),
  domain: ({ loc, scale }) => product([bell(loc, scale), bell(loc, scale), bell(loc, scale)], 20),
  terms: (x: ReadonlyArray<number>, { scale, loc }) =>
    12 + 4 * x.reduce((sum, each) => sum + ((each - loc) / scale) ** 2, 0),
  outside: "every number is inside"
}

combinedLaws("an autoregression of order 2", second)

/** The covariance Σ = σ²·L·Lᵀ with L the response of each value to each innovation, in float64, straight from the recursion. */
const responseOf = (coefficients: ReadonlyArray<number>, steps: number): ReadonlyArray<ReadonlyArray<number>> => {
  const response: Array<number> = []
  for (let t = 0; t < steps; t++)
    response.push(coefficients.reduce((sum, c, j) => sum + c * (response[t - 1 - j] ?? 0), t === 0 ? 1 : 0))
  return Array.from({ length: steps }, (_, t) => Array.from({ length: steps }, (_unused, s) => response[t - s] ?? 0))
}
const covarianceOf = (coefficients: ReadonlyArray<number>, scale: number, steps: number) => {
  const l = responseOf(coefficients, steps)
  return l.map((a) => l.map((b) => scale ** 2 * a.reduce((sum, each, i) => sum + each * (b[i] as number), 0)))
}
/** log N(x; 0, Σ) by Gaussian elimination of Σ. */
const logNormal = (covariance: ReadonlyArray<ReadonlyArray<number>>, x: ReadonlyArray<number>): number => {
  const rows = covariance.map((row, i) => [...row, x[i] as number])
  let logDet = 0
  let square = 0
  rows.forEach((pivot, i) => {
    const diagonal = pivot[i] as number
    const value = pivot.at(-1) as number
    logDet += Math.log(diagonal)
    square += value ** 2 / diagonal
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] as number) / diagonal
      pivot.forEach((each, j) => {
        row[j] = (row[j] as number) - factor * each
      })
    }
  })
  return -0.5 * (square + logDet + x.length * Math.log(2 * Math.PI))
}

const settings = fc.record({
  coefficients: fc.integer({ min: 1, max: 4 }).chain((p) => vector(-0.5, 0.5, p)),
  scale: number(0.5, 2),
  loc: number(-2, 2),
  x: fc.integer({ min: 1, max: 9 }).chain((steps) => vector(-3, 3, steps))
})

describe("an autoregression", () => {
  it("has the log density and the variances of the multivariate normal distribution that it is", () => {
    fc.assert(
      fc.property(settings, ({ coefficients, scale, loc, x }) => {
        const law = () =>
          Autoregressive({
            coefficients: Tensor.of([coefficients.length], tf.tensor1d([...coefficients])),
            scale,
            loc,
            steps: x.length
          })
        const covariance = covarianceOf(coefficients, scale, x.length)
        const exact = logNormal(
          covariance,
          x.map((each) => each - loc)
        )
        expect(Math.abs(scalar(() => law().logProb(tf.tensor1d([...x]))) - exact)).toBeLessThan(
          4e-6 * (10 + Math.abs(exact))
        )
        expect([...compute(() => law().variance()).values]).toEqual(
          covariance.map((row, t) => expect.closeTo(row[t] as number, 4))
        )
      }),
      { seed: 1, numRuns: 60 }
    )
  })

  it("responds to its noise as the recursion does, step by step, also over a long series near the unit root", () => {
    const coefficients = [1.6, -0.62]
    const steps = 300
    const law = () => Autoregressive({ coefficients: Tensor.of([2], tf.tensor1d(coefficients)), scale: 1, steps })
    const variances = compute(() => law().variance()).values
    const response = responseOf(coefficients, steps)
    let exact = 0
    response.forEach((row, t) => {
      exact += (row[0] as number) ** 2
      if (t % 37 === 0) expect((variances[t] as number) / exact).toBeCloseTo(1, 4)
    })
  })

  it("has a scale above 0, and one step or more", () => {
    tf.tidy(() => {
      const coefficients = Tensor.of([1], tf.tensor1d([0.5]))
      expect(() => Autoregressive({ coefficients, scale: 0, steps: 3 })).toThrow("'Autoregressive.scale'")
      expect(() => Autoregressive({ coefficients, scale: 1, steps: 1.5 })).toThrow(SupportViolation)
    })
  })
})
