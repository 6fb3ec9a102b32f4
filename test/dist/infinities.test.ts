import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { catalogue, type Entry } from "../../src/dist/catalogue.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import * as latent from "../../src/index.ts"
import { Key } from "../../src/tensor/random.ts"
import { sizeOf } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"

useCpu()

const inf = Number.POSITIVE_INFINITY

/** The log density of a draw in which one number is replaced. */
const logProbWith = (make: () => Dist, value: number, place: number): number =>
  scalar(() => {
    const dist = make()
    const draw = dist.family === "ImproperUniform" ? tf.zeros([...dist.shape]) : dist.sample(Key.of(3))
    const numbers = Float32Array.from(draw.dataSync())
    numbers[place] = value
    return dist.logProb(tf.tensor(numbers, [...dist.shape]))
  })

/** The positions of the numbers of a value. */
const places = (make: () => Dist): ReadonlyArray<number> => {
  const size = scalar(() => tf.scalar(sizeOf(make().shape)))
  return Array.from({ length: size }, (_, i) => i)
}

const { Normal, Logistic, Exponential, Truncated, Censored, Transformed, Transform, ZeroInflated, Poisson } = latent

const entries: ReadonlyArray<readonly [string, () => Dist]> = [
  ...Object.entries<Entry>(catalogue).map(([name, { example }]) => [name, example] as const),
  ["Truncated to a half line", () => Truncated(Normal(0, 1), 5, inf)],
  ["Truncated", () => Truncated(Logistic(2, 1), 5, 6)],
  ["Censored", () => Censored(Exponential(1), 0, 20)],
  ["Censored below", () => Censored(Normal(0, 1), 1, inf)],
  ["ZeroInflated", () => ZeroInflated(Poisson({ rate: 2 }), { probs: 0.5 })],
  ...(["exp", "softplus", "sigmoid", "tanh"] as const).map(
    (name) => [`Transformed by ${name}`, (): Dist => Transformed(Normal(0, 1), Transform[name])] as const
  ),
  ["Transformed twice", () => Transformed(Normal(0, 1), Transform.chain(Transform.exp, Transform.affine(1, 2)))]
]

/** The improper density of the real line is 1 everywhere, at its ends too. */
const withInfinity: ReadonlySet<string> = new Set(["ImproperUniform"])

describe.each(entries)("%s", (name, make) => {
  it("has the density 0 at infinity, and none that is a number at NaN", () => {
    for (const place of places(make)) {
      expect(logProbWith(make, Number.NaN, place), "at NaN").toBeNaN()
      const ends = [inf, -inf].map((value) => logProbWith(make, value, place))
      expect(ends, `at position ${place}`).toEqual(withInfinity.has(name) ? [0, 0] : [-inf, -inf])
    }
    const everywhere = (value: number): number =>
      scalar(() => {
        const dist = make()
        return dist.logProb(tf.fill([...dist.shape], value))
      })
    expect([inf, -inf].map(everywhere)).toEqual(withInfinity.has(name) ? [0, 0] : [-inf, -inf])
  })
})
