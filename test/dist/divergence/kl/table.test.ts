import * as tf from "@tensorflow/tfjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Binomial } from "../../../../src/dist/Binomial.ts"
import { DiscreteUniform } from "../../../../src/dist/DiscreteUniform.ts"
import { closedKl, hasKl, klDivergence } from "../../../../src/dist/divergence/kl.ts"
import { Exponential } from "../../../../src/dist/Exponential.ts"
import { HalfNormal } from "../../../../src/dist/HalfNormal.ts"
import { Kumaraswamy } from "../../../../src/dist/Kumaraswamy.ts"
import { LogNormal } from "../../../../src/dist/LogNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Pareto } from "../../../../src/dist/Pareto.ts"
import { Transformed } from "../../../../src/dist/Transformed.ts"
import { Transform } from "../../../../src/dist/transform/index.ts"
import { Uniform } from "../../../../src/dist/Uniform.ts"
import { ShapeMismatch } from "../../../../src/Errors.ts"
import { scalar, useCpu } from "../../../support/onCpu.ts"
import { kl } from "./divergence.ts"

useCpu()

// what is asked is not always computed in one go
beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())

describe("the table of divergences", () => {
  it("agrees with values worked out by hand", () => {
    expect(kl(Normal(1, 1), Normal(0, 1))).toBeCloseTo(0.5, 6)
    expect(kl(Normal(0, 2), Normal(0, 1))).toBeCloseTo(1.5 - Math.log(2), 6)
    expect(kl(Bernoulli({ probs: 0.75 }), Bernoulli({ probs: 0.5 }))).toBeCloseTo(
      0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
      6
    )
    expect(kl(Bernoulli({ logits: 30 }), Bernoulli({ logits: -30 }))).toBeCloseTo(30, 5)
  })

  it("is infinite where the first may take a value that the second does not", () => {
    expect(kl(Uniform(0, 1), Uniform(0.5, 2))).toBe(Infinity)
    expect(kl(Uniform(0, 1), Uniform(-1, 0.5))).toBe(Infinity)
    expect(kl(Uniform(-0.5, 1), Exponential(1))).toBe(Infinity)
    expect(kl(Uniform(-0.5, 1), HalfNormal(1))).toBe(Infinity)
    expect(kl(Pareto(0.5, 2), Pareto(1, 2))).toBe(Infinity)
    expect(kl(Kumaraswamy(1, 2), Uniform(0.1, 2))).toBe(Infinity)
    expect(kl(Pareto(1, 0.9), Exponential(1))).toBe(Infinity)
  })

  it("sums over a value that some parameters broadcast to", () => {
    const p = Normal(0, 1).iid(3).iid(2)
    expect(kl(Normal(1, 1).iid(3).iid(2), p)).toBeCloseTo(6 * 0.5, 5)
  })

  it("says which pairs it has; the others give undefined where families are known at run time only", () => {
    expect(hasKl(Normal(0, 1), Normal(0, 1))).toBe(true)
    expect(hasKl(Bernoulli({ logits: 0 }), Bernoulli({ probs: 0.5 }))).toBe(true)
    expect(hasKl(LogNormal(0, 1), HalfNormal(1))).toBe(false)
    expect(closedKl(LogNormal(0, 1), HalfNormal(1))).toBeUndefined()
    expect(scalar(() => klDivergence(Normal(1, 1), Normal(0, 1)))).toBeCloseTo(0.5, 6)
  })

  it("has no closed form for counts that differ, and says so", () => {
    const [q, p] = [Binomial(3, { probs: 0.25 }), Binomial(4, { probs: 0.5 })]
    expect(closedKl(q, p)).toBeUndefined()
    expect(() => klDivergence(q, p)).toThrow("no closed form for KL(Binomial‖Binomial)")
  })

  it("is infinite where q has mass that p has not", () => {
    expect(kl(DiscreteUniform(0, 5), DiscreteUniform(1, 5))).toBe(Number.POSITIVE_INFINITY)
    expect(kl(DiscreteUniform(0, 5), DiscreteUniform(0, 4))).toBe(Number.POSITIVE_INFINITY)
  })

  it("has a pair under one transform where it has the pair, and not under two of which it does not know that they are one", () => {
    const [q, p] = [Normal(1, 1), Normal(0, 1)]
    expect(kl(Transformed(q, Transform.exp), Transformed(p, Transform.exp))).toBe(kl(q, p))
    expect(hasKl(Transformed(q, Transform.exp), Transformed(p, Transform.exp))).toBe(true)
    expect(closedKl(Transformed(q, Transform.exp), Transformed(p, Transform.softplus))).toBeUndefined()
    expect(closedKl(Transformed(q, Transform.affine(0, 2)), Transformed(p, Transform.affine(0, 3)))).toBeUndefined()
    const once = Transform.affine(0, 2)
    expect(kl(Transformed(q, once).iid(3), Transformed(p, once).iid(3))).toBe(kl(q.iid(3), p.iid(3)))
  })

  it("refuses distributions of values of different shape", () => {
    expect(() => klDivergence(Normal(0, 1).iid(3), Normal(0, 1))).toThrow(ShapeMismatch)
  })
})
