import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Delta } from "../../../src/dist/Delta.ts"
import { closedKl, hasKl, klDivergence, klMonteCarlo } from "../../../src/dist/divergence/kl.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { LogitNormal } from "../../../src/dist/LogitNormal.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { Key } from "../../../src/tensor/random.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { record } from "../../../src/trace/record.ts"
import { jumpsFrom } from "../../support/jumpsFrom.ts"
import { scalar, useCpu } from "../../support/onCpu.ts"
import { drawLaws } from "../laws/draws.ts"
import { engineLaws } from "../laws/engines.ts"
import { tidied } from "../laws/evaluate.ts"
import { fixtureOf } from "../laws/fixture.ts"
import { formLaws } from "../laws/form.ts"
import { valueLaws } from "../laws/values.ts"
import { workingsOf } from "../laws/Workings.ts"
import { delta } from "./Delta.ts"

useCpu()

/** All laws but those of gradients: E[f(x)] = f(value) is no integral of a density that depends on the value. */
describe("Delta", () => {
  const references = fixtureOf<{ readonly value: number }>("Delta")
  const workings = workingsOf(delta)
  formLaws(delta, references)
  valueLaws(delta, references, workings)
  drawLaws(delta, references, workings)
  engineLaws(delta)

  it("draws its value with the value's gradient, once for each copy", () => {
    tidied(() => {
      const draw = (x: tf.Tensor): tf.Tensor => {
        const dist = Delta(Tensor.of([2], x)).iid(3)
        return tf.sum(tf.square(dist.sample(Key.of(1))))
      }
      expect([
        ...tf
          .grad(draw)(tf.tensor1d([2, -5]))
          .dataSync()
      ]).toEqual([3 * 4, 3 * -10])
    })
  })

  it("has a log density without gradient, and no op in it that a plan takes for a jump", () => {
    tidied(() => {
      const density = (x: tf.Tensor): tf.Tensor => Delta(Tensor.of([], x)).logProb(tf.scalar(2))
      expect(Math.abs(tf.grad(density)(tf.scalar(2)).dataSync()[0] ?? Number.NaN)).toBe(0)
    })
    const graph = record((recorder) => {
      const dist = Delta(Tensor.of([2], recorder.input("value", [2])))
      return { logProb: dist.logProb(dist.sample(Key.of(1))) }
    })
    expect(graph.nodes.length).toBeGreaterThan(2)
    expect(jumpsFrom(graph, "value", {})).toEqual([])
  })

  it("lies on the support that it is given, with one log density for each event", () => {
    tidied(() => {
      const p = Tensor.of([2, 3], tf.tensor2d([0.2, 0.3, 0.5, 0.1, 0.1, 0.8], [2, 3]))
      const dist = Delta(p, "simplex")
      expect([dist.support, dist.eventRank, dist.shape]).toEqual(["simplex", 1, [2, 3]])
      const moved = tf.add(p, tf.tensor2d([0, 0, 0, 0, 0, 0.1], [2, 3]))
      expect([...dist.logDensity(p).dataSync()]).toEqual([0, 0])
      expect([...dist.logDensity(moved).dataSync()]).toEqual([0, -Infinity])
    })
  })

  it("refuses a value outside of its support, a support of masses, and a value of too few dimensions", () => {
    expect(() => Delta(-1, "positive")).toThrow(SupportViolation)
    // @ts-expect-error no gradient flows through a count
    expect(() => Delta(3, "natural")).toThrow(SupportViolation)
    tidied(() => expect(() => Delta(Tensor.of([3], tf.zeros([3])), "positiveDefinite")).toThrow(ShapeMismatch))
  })
})

describe("KL(Delta ‖ p)", () => {
  it("is the cross-entropy −log p(value) for every p, closed and by Monte Carlo", () => {
    tidied(() => {
      const label = OneHotCategorical({ probs: Tensor.of([2], tf.tensor1d([0.25, 0.75])) })
      expect(scalar(() => klDivergence(Delta(1), Normal(0, 1)))).toBeCloseTo(0.5 + 0.5 * Math.log(2 * Math.PI), 6)
      expect(scalar(() => klDivergence(Delta(2, "positive"), Exponential(3)))).toBeCloseTo(6 - Math.log(3), 6)
      expect(scalar(() => klDivergence(Delta(Tensor.of([2], tf.tensor1d([0, 1]))), label))).toBeCloseTo(
        -Math.log(0.75),
        6
      )
      expect(scalar(() => klMonteCarlo(Delta(1), Normal(0, 1), Key.of(1), 5))).toBeCloseTo(
        0.5 + 0.5 * Math.log(2 * Math.PI),
        6
      )
      expect(hasKl(Delta(0), Normal(0, 1))).toBe(true)
      expect(hasKl(Normal(0, 1), Delta(0))).toBe(false)
      expect(closedKl(Normal(0, 1), Delta(0))).toBeUndefined()
    })
  })

  it("is infinite where p has no density, and adds up over copies", () => {
    expect(scalar(() => klDivergence(Delta(-1), LogitNormal(0, 1)))).toBe(Infinity)
    const one = scalar(() => klDivergence(Delta(1), Normal(0, 1)))
    expect(scalar(() => klDivergence(Delta(1).iid(4), Normal(0, 1).iid(4)))).toBeCloseTo(4 * one, 5)
  })

  it("has the gradient of −log p at the value: what a maximum a posteriori estimate follows", () => {
    tidied(() => {
      const bound = (x: tf.Tensor): tf.Tensor => klDivergence(Delta(Tensor.of([], x), "positive"), LogNormal(0, 1))
      // d/dx (½ log² x + log x) at 4
      expect(tf.grad(bound)(tf.scalar(4)).dataSync()[0]).toBeCloseTo((Math.log(4) + 1) / 4, 6)
    })
  })
})
