import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { StraightThroughBernoulli } from "../../src/dist/StraightThroughBernoulli.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { VonMises } from "../../src/dist/VonMises.ts"
import { implicit } from "../../src/infer/estimator/implicit.ts"
import { model } from "../../src/infer/program/model.ts"
import { param } from "../../src/model/Param.ts"
import { type Tensor, typed } from "../../src/tensor/Tensor.ts"
import { estimates, isUnbiased } from "./moments.ts"

/** Gradients through draws that jump, or may, against the derivative of the bound by quadrature. */
const [steps, seed, x] = [4000, 5, 0.7]
const half = 0.5 * Math.log(2 * Math.PI)
const normal = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - half

const data = Dataset.of(new Float32Array(steps).fill(x), [])
const gradientOf = (guided: { readonly fit: unknown }) =>
  estimates((options) => (guided.fit as (data: Dataset, options: unknown) => never)(data, options), {
    batchSize: 1,
    particles: 16,
    seed
  })

/** ∂/∂m of E[cost(z)] for z with density q(z; m), where the cost is −log p(x, z) + log q(z; m) and its mean is a sum over a fine grid. */
const slope = (
  logQ: (z: number, m: number) => number,
  logP: (z: number) => number,
  m: number,
  [low, high]: readonly [number, number]
): number => {
  const [cells, step] = [400_000, 1e-3]
  const width = (high - low) / cells
  const bound = (m: number): number => {
    let sum = 0
    for (let i = 0; i < cells; i++) {
      const z = low + (i + 0.5) * width
      const log = logQ(z, m)
      if (log > -700) sum += Math.exp(log) * (log - logP(z)) * width
    }
    return sum
  }
  return (bound(m + step) - bound(m - step)) / (2 * step)
}

const m = 0.3

describe("z ~ N(0, 1), x ~ N(f(z), ½), guided by N(m, 0.8)", () => {
  const cases: ReadonlyArray<readonly [string, (z: tf.Tensor) => tf.Tensor, (z: number) => number, because: string]> = [
    ["atan2(z, −1)", (z) => tf.atan2(z, -1), (z) => Math.atan2(z, -1), "'atan2', which jumps"],
    ["tanh(1/z)", (z) => tf.tanh(tf.div(1, z)), (z) => Math.tanh(1 / z), "(its denominator may be 0), which may jump"],
    ["sign z", (z) => tf.sign(z), Math.sign, "'sign', which jumps"],
    ["z mod 1", (z) => tf.mod(z, 1), (z) => z - Math.floor(z), "'mod', which jumps"]
  ]
  it.each(cases)("f = %s: the score function, with the gradient that quadrature gives", async (_, f, g, because) => {
    const guided = model(Normal(0, 1), (z) => Normal(typed<readonly []>(f(z)), 0.5)).guide(() =>
      Normal(param("m", m), 0.8)
    )
    expect(guided.explain().sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining(because)
    })
    const exact = slope(
      (z, at) => normal(z, at, 0.8),
      (z) => normal(z, 0, 1) + normal(x, g(z), 0.5),
      m,
      [-8, 8]
    )
    isUnbiased((await gradientOf(guided)).of("m"), [exact])
  })

  it("keeps the path where ranges exclude the pole", () => {
    const smooth: ReadonlyArray<(z: tf.Tensor) => tf.Tensor> = [
      (z) => tf.atan2(z, tf.exp(z)),
      (z) => tf.tanh(tf.div(1, tf.add(1, tf.square(z)))),
      (z) => tf.log(tf.softplus(z)),
      (z) => tf.div(z, 3)
    ]
    for (const f of smooth) {
      const guided = model(Normal(0, 1), (z) => Normal(typed<readonly []>(f(z)), 0.5)).guide(() =>
        Normal(param("m", m), 0.8)
      )
      expect(guided.explain().sites[0]?.gradient).toBe("reparameterized")
    }
  })
})

describe("a guide by angles that move with its location", () => {
  const guide = () => VonMises(param("m", m), 2)
  const prior = () => VonMises(0, 1)

  it("takes the path where it is read with the period of angles alone", () => {
    const read = model(prior(), (z) => Normal(typed<readonly []>(tf.cos(z)), 1)).guide(guide)
    expect(read.explain().sites[0]?.gradient).toBe("implicit")
  })

  it("takes the score function where it is not, with the gradient that quadrature gives", async () => {
    const read = model(prior(), (z) => Normal(z, 1)).guide(guide)
    expect(read.explain().sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining(
        "right for 2π-periodic functions of its draw alone, and its draw is read by another"
      )
    })
    const besselI0 = (k: number): number => {
      let [sum, term] = [1, 1]
      for (let i = 1; i < 40; i++) sum += term *= (k / (2 * i)) ** 2
      return sum
    }
    const angle = (z: number, loc: number, k: number): number =>
      k * Math.cos(z - loc) - Math.log(2 * Math.PI * besselI0(k))
    const exact = slope(
      (z, at) => angle(z, at, 2),
      (z) => angle(z, 0, 1) + normal(x, z, 1),
      m,
      [-Math.PI, Math.PI]
    )
    isUnbiased((await gradientOf(read)).of("m"), [exact])
    expect(() => read.explain({ estimators: { z: implicit } })).toThrow(
      "an implicit gradient would be wrong: the path of VonMises is right for 2π-periodic functions"
    )
  })
})

describe("a guide whose support moves with a parameter", () => {
  const guide = () => Transformed(Exponential(1.5), Transform.affine(param("a", 0.5), 1))

  it("has no score function: a model that jumps is refused", () => {
    const jumping = model(Normal(0, 1), (z: Tensor<readonly []>) =>
      Normal(typed<readonly []>(tf.sign(tf.sub(z, 1))), 1)
    ).guide(guide)
    expect(() => jumping.explain()).toThrow(
      "site 'z': Exponential → affine(…) has no gradient that would be right here"
    )
  })

  it("has its path where nothing jumps, with the gradient that quadrature gives", async () => {
    const smooth = model(Normal(0, 1), (z: Tensor<readonly []>) => Normal(z, 1)).guide(guide)
    expect(smooth.explain().sites[0]?.gradient).toBe("reparameterized")
    // −log p(x, z) at z = a + e, e ~ Exp(1.5): the derivative by a is E[z − (x − z)] = 2 (a + 1/1.5) − x
    isUnbiased((await gradientOf(smooth)).of("a"), [2 * (0.5 + 1 / 1.5) - x])
  })
})

describe("a straight-through draw, which is 0 or 1", () => {
  const guide = () => StraightThroughBernoulli(0.5, { logits: param("l", 0) })
  const gradient = (f: (z: tf.Tensor) => tf.Tensor): unknown =>
    model(Bernoulli({ probs: 0.5 }), (z) => Normal(typed<readonly []>(f(z)), 1))
      .guide(guide)
      .explain().sites[0]?.gradient

  it("keeps its gradient where it is read smoothly, and loses it at a jump, or at a pole that it meets", () => {
    expect(gradient((z) => tf.mul(z, 2))).toBe("straight-through")
    expect(gradient((z) => tf.div(1, tf.add(z, 1)))).toBe("straight-through")
    expect(gradient((z) => tf.cast(tf.greater(z, 0.5), "float32"))).toBe("enumerated")
    expect(gradient((z) => tf.div(1, z))).toBe("enumerated")
  })
})
