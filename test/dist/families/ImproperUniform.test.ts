import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { catalogue } from "../../../src/dist/catalogue.ts"
import { Delta } from "../../../src/dist/Delta.ts"
import { klDivergence } from "../../../src/dist/divergence/kl.ts"
import { ImproperUniform } from "../../../src/dist/ImproperUniform.ts"
import { accepts, contains, eventRankOf, type Support } from "../../../src/dist/Support.ts"
import { Improper, ShapeMismatch } from "../../../src/Errors.ts"
import * as latent from "../../../src/index.ts"
import { Key } from "../../../src/tensor/random.ts"
import { scalar, useCpu } from "../../support/onCpu.ts"
import { tidied } from "../laws/evaluate.ts"

useCpu()

const supports = Object.keys(accepts) as ReadonlyArray<Support>
const numbers = supports.filter((support) => eventRankOf[support] === 0)
const points = [-1e30, -Math.fround(Math.PI), -3, -0.5, 0, 1e-30, 0.5, 1, 1.5, 3, Math.fround(Math.PI), 4, 1e30]

describe("ImproperUniform", () => {
  it.each(numbers)("on %s: has log density 0 at its numbers, and −∞ at all others", (support) => {
    for (const x of points) {
      const wanted = contains[support](x) ? 0 : -Infinity
      expect(
        scalar(() => ImproperUniform(support, []).logProb(tf.scalar(x))),
        `at ${x}`
      ).toBe(wanted)
    }
  })

  it("has one log density for each event, and copies", () => {
    tidied(() => {
      const dist = ImproperUniform("simplex", [2, 3])
      expect([dist.shape, dist.eventRank, dist.support]).toEqual([[2, 3], 1, "simplex"])
      const x = tf.tensor2d([0.5, 0.25, 0.25, 2, -0.5, -0.5], [2, 3])
      expect([...dist.logDensity(x).dataSync()]).toEqual([0, -Infinity])
      expect(
        ImproperUniform("lowerCholesky", [2, 2])
          .iid(4)
          .logDensity(tf.ones([4, 2, 2])).shape
      ).toEqual([4])
      expect(
        ImproperUniform("positive", [])
          .iid(3)
          .logProb(tf.ones([3]))
          .dataSync()[0]
      ).toBe(0)
      expect(() => dist.logProb(tf.ones([3]))).toThrow(ShapeMismatch)
    })
  })

  it("has a gradient of 0, so that nothing but the likelihood moves a guide", () => {
    tidied(() => {
      const density = (x: tf.Tensor): tf.Tensor => ImproperUniform("positive", []).logProb(x)
      expect(Math.abs(tf.grad(density)(tf.scalar(0.3)).dataSync()[0] ?? Number.NaN)).toBe(0)
      expect(Math.abs(scalar(() => klDivergence(Delta(3), ImproperUniform("real", []))))).toBe(0)
    })
  })

  it("has no draws, no moments and no estimator, and says that it is improper", () => {
    const dist = ImproperUniform("real", [2])
    expect(() => dist.sample(Key.of(1))).toThrow(Improper)
    expect(() => dist.sampleAndLogProb(Key.of(1))).toThrow(
      "ImproperUniform does not integrate to 1, so it has no draws."
    )
    expect([scalar(() => tf.sum(dist.mean())), scalar(() => tf.sum(dist.variance()))]).toEqual([Number.NaN, Number.NaN])
    expect([dist.gradients, dist.remark]).toEqual([[], expect.stringMatching(/improper/)])
  })

  it("stands in the catalogue and in the library's public names", () => {
    expect(catalogue.ImproperUniform.example().family).toBe("ImproperUniform")
    expect(Object.keys(latent)).toContain("ImproperUniform")
  })
})
