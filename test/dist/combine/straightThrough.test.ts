import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { closedKl } from "../../../src/dist/divergence/kl.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { RelaxedBernoulli } from "../../../src/dist/RelaxedBernoulli.ts"
import { RelaxedOneHotCategorical } from "../../../src/dist/RelaxedOneHotCategorical.ts"
import { StraightThroughBernoulli } from "../../../src/dist/StraightThroughBernoulli.ts"
import { StraightThroughOneHotCategorical } from "../../../src/dist/StraightThroughOneHotCategorical.ts"
import { GuideMismatch, SupportViolation } from "../../../src/Errors.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"
import { Key } from "../../../src/tensor/random.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"

useCpu()

type Scalar = Tensor<readonly []>
type Logits = Tensor<readonly [number]>
const key = Key.of(3)
const weights = Float32Array.from({ length: 12 }, (_, i) => (i * 5) % 12)
const weighted = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.reshape(x, [12]), tf.tensor1d(weights)))

describe("a straight-through draw", () => {
  it("of a coin is the relaxed one of the same key rounded, with the relaxed one's gradient for logits and temperature", () => {
    const relaxedGradient = (make: (temperature: Scalar, logits: Logits) => Dist) =>
      [0, 1].map((i) => [
        ...compute(
          () =>
            tf.grads((logits: tf.Tensor, temperature: tf.Tensor) =>
              weighted(
                make(Tensor.of([], temperature), Tensor.of([4], logits))
                  .iid(3)
                  .sample(key)
              )
            )([tf.tensor1d([-1, 0, 0.5, 2]), tf.scalar(0.7)])[i] as tf.Tensor
        ).values
      ])
    const soft = compute(() => RelaxedBernoulli(0.7, { logits: 0.5 }).iid(50).sample(key)).values
    const hard = compute(() => StraightThroughBernoulli(0.7, { logits: 0.5 }).iid(50).sample(key)).values
    expect([...hard]).toEqual([...soft].map((x) => (x > 0.5 ? 1 : 0)))
    expect(new Set(hard)).toEqual(new Set([0, 1]))
    const relaxed = relaxedGradient((temperature, logits) => RelaxedBernoulli(temperature, { logits }))
    expect(relaxedGradient((temperature, logits) => StraightThroughBernoulli(temperature, { logits }))).toEqual(relaxed)
    expect(relaxed.flat().every((x) => x !== 0)).toBe(true)
  })

  it("of a label is the relaxed one of the same key rounded, with the relaxed one's gradient", () => {
    const logits = (): Tensor<readonly [3]> => Tensor.of([3], tf.tensor1d([0, 1, -0.5]))
    type Make = (logits: Logits) => Dist
    const gradient = (make: Make) => [
      ...compute(() =>
        tf.grad((x: tf.Tensor) =>
          weighted(
            make(Tensor.of([3], x))
              .iid(4)
              .sample(key)
          )
        )(logits())
      ).values
    ]
    const largest = (make: Make) => [...compute(() => tf.argMax(make(logits()).iid(50).sample(key), -1)).values]
    const soft: Make = (logits) => RelaxedOneHotCategorical(0.7, { logits })
    const hard: Make = (logits) => StraightThroughOneHotCategorical(0.7, { logits })
    expect(largest(hard)).toEqual(largest(soft))
    expect(gradient(hard)).toEqual(gradient(soft))
  })

  it("has the law, and the divergences, of the family that it is named for", () => {
    const [hard, coin] = [StraightThroughBernoulli(0.5, { logits: 1 }), Bernoulli({ logits: -0.5 })]
    expect(scalar(() => closedKl(hard, coin) ?? tf.scalar(Number.NaN))).toBe(
      scalar(() => closedKl(Bernoulli({ logits: 1 }), coin) ?? tf.scalar(Number.NaN))
    )
    const logits = (): Tensor<readonly [3]> => Tensor.of([3], tf.tensor1d([0, 1, -0.5]))
    const entropies = [
      scalar(() => StraightThroughOneHotCategorical(0.5, { logits: logits() }).iid(4).iid(2).entropy()),
      scalar(() => OneHotCategorical({ logits: logits() }).iid(8).entropy())
    ]
    expect(entropies[0]).toBeCloseTo(entropies[1] as number, 5)
  })

  it("has a temperature above 0", () => {
    expect(() => StraightThroughBernoulli(0, { logits: 0 })).toThrow(SupportViolation)
    expect(() => RelaxedBernoulli(-1, { logits: 0 })).toThrow("'RelaxedBernoulli.temperature'")
    tf.tidy(() => {
      const logits = Tensor.of([2], tf.zeros([2]))
      expect(() => StraightThroughOneHotCategorical(0, { logits })).toThrow(
        "'StraightThroughOneHotCategorical.temperature'"
      )
    })
  })
})

describe("a plan", () => {
  const coins = (jump: boolean) =>
    model(Bernoulli({ logits: 0 }).iid(3), (z) =>
      Normal(Tensor.of([3], jump ? tf.cast(tf.greater(z, 0.5), "float32") : tf.mul(2, z)), 1)
    ).guide(() => StraightThroughBernoulli(0.5, { logits: param("logits", [3]) }))

  it("takes a straight-through gradient where the family offers no other path, and says that it is biased", () => {
    const [site] = coins(false).explain().sites
    expect(site?.gradient).toBe("straight-through")
    expect(site?.because).toContain("biased")
    expect(site?.kl).toBe("analytic")
  })

  it("takes the score function, which is unbiased, where it is asked for, and a sum over its values where the path jumps", () => {
    const asked = coins(false).explain({ estimators: { z: score } }).sites[0]
    expect(asked?.gradient).toBe("score function")
    expect(asked?.because).not.toContain("biased")
    const summed = coins(true).explain().sites[0]
    expect(summed?.gradient).toBe("enumerated")
    expect(summed?.because).not.toContain("biased")
  })

  it("does not pass a straight-through gradient off as a reparameterized one", () => {
    expect(() => coins(false).explain({ estimators: { z: reparameterized } })).toThrow(GuideMismatch)
  })
})
