import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { Key } from "../../../src/tensor/random.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { ksDistance, mean, standardError } from "../../support/goodnessOfFit.ts"
import { compute } from "../../support/onCpu.ts"
import { ks, z } from "../laws/chance.ts"
import { tidied } from "../laws/evaluate.ts"
import { laws } from "../laws/laws.ts"
import { vonMises } from "./VonMises.ts"

laws(vonMises)

/** ∫ f(x) exp(κ cos(x − μ)) dx over [−π, to], by the trapezoid rule, over the same with f = 1 and to = π. */
const expectation = (loc: number, concentration: number, f: (x: number) => number, to = Math.PI): number => {
  const n = 4000
  const sum = (g: (x: number) => number, end: number): number => {
    const h = (end + Math.PI) / n
    const at = (i: number): number => g(-Math.PI + i * h) * Math.exp(concentration * Math.cos(-Math.PI + i * h - loc))
    return h * Array.from({ length: n + 1 }, (_, i) => at(i) * (i === 0 || i === n ? 0.5 : 1)).reduce((a, b) => a + b)
  }
  return sum(f, to) / sum(() => 1, Math.PI)
}

describe("VonMises around −π and π", () => {
  const settings = [
    [3, 1],
    [-2.5, 0.3],
    [9, 4],
    [0.5, 0.05]
  ] as const

  it.each(settings)("draws what its density says, at loc %f and concentration %f", (loc, concentration) => {
    const draws = compute(() => VonMises(loc, concentration).iid(10_000).sample(Key.of(1))).values
    const grid = Array.from({ length: 201 }, (_, i) => -Math.PI + (i / 200) * 2 * Math.PI)
    const below = grid.map((x) => expectation(loc, concentration, () => 1, x))
    const cdf = (x: number): number => {
      const at = Math.min(199.999, Math.max(0, ((x + Math.PI) / (2 * Math.PI)) * 200))
      const [i, rest] = [Math.floor(at), at % 1]
      return (below[i] as number) * (1 - rest) + (below[i + 1] as number) * rest
    }
    expect(ksDistance(draws, cdf)).toBeLessThan(ks)
  })

  it.each(settings)(
    "has the gradient of E[f(x)] for an f of angles, at loc %f and concentration %f",
    (loc, concentration) => {
      const f = (x: number): number => Math.cos(x) + Math.sin(2 * x)
      // finite differences of a quadrature in float64
      const step = 1e-4
      const exact = [
        (expectation(loc + step, concentration, f) - expectation(loc - step, concentration, f)) / (2 * step),
        (expectation(loc, concentration + step, f) - expectation(loc, concentration - step, f)) / (2 * step)
      ]
      const estimates = Array.from({ length: 50 }, (_, lane) =>
        tidied(() =>
          tf
            .grads((a: tf.Tensor, b: tf.Tensor) => {
              const x = VonMises(Tensor.of([], a), Tensor.of([], b))
                .iid(100)
                .sample({ ...Key.of(3), lane })
              return tf.mean(tf.add(tf.cos(x), tf.sin(tf.mul(2, x))))
            })([tf.scalar(loc), tf.scalar(concentration)])
            .map((gradient) => gradient.dataSync()[0] as number)
        )
      )
      exact.forEach((value, i) => {
        const seen = estimates.map((each) => each[i] as number)
        expect(standardError(seen)).toBeLessThan(0.05)
        expect(Math.abs(mean(seen) - value)).toBeLessThan(z * standardError(seen) + 1e-4)
      })
    }
  )
})
