import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { GaussianRandomWalk } from "../../src/dist/GaussianRandomWalk.ts"
import { LogisticNormal } from "../../src/dist/LogisticNormal.ts"
import { LowRankMultivariateNormal } from "../../src/dist/LowRankMultivariateNormal.ts"
import { MultivariateNormal } from "../../src/dist/MultivariateNormal.ts"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"
import { matrices, vectors } from "../support/shaped.ts"

useCpu()

describe("a location and a matrix", () => {
  it("go together when there is one matrix for all vectors, or one for each", () => {
    tf.tidy(() => {
      expect(MultivariateNormal(0, { scaleTril: matrices([3, 3]) }).shape).toEqual([3])
      expect(MultivariateNormal(vectors([5, 3]), { covariance: matrices([3, 3]) }).shape).toEqual([5, 3])
      expect(MultivariateNormal(vectors([5, 3]), { precision: matrices([5, 3, 3]) }).shape).toEqual([5, 3])
      expect(MultivariateNormal(vectors([]), { scaleTril: matrices([5, 3, 3]) }).shape).toEqual([5, 3])
      expect(LowRankMultivariateNormal(0, matrices([4, 2]), 1).shape).toEqual([4])
      expect(LowRankMultivariateNormal(0, matrices([4, 2]), vectors([5, 4])).shape).toEqual([5, 4])
    })
  })

  it("are refused when sizes differ, or when a matrix is not square", () => {
    tf.tidy(() => {
      expect(() => MultivariateNormal(vectors([2]), { scaleTril: matrices([3, 3]) })).toThrow(ShapeMismatch)
      expect(() => MultivariateNormal(vectors([3]), { scaleTril: matrices([3, 2]) })).toThrow(ShapeMismatch)
      expect(() => MultivariateNormal(vectors([3]), { scaleTril: matrices([5, 3, 3]) })).toThrow(ShapeMismatch)
      expect(() => MultivariateNormal(vectors([3]), { scaleTril: vectors([3]) as Tensor as never })).toThrow(
        ShapeMismatch
      )
      expect(() => LowRankMultivariateNormal(vectors([3]), matrices([4, 2]), 1)).toThrow(ShapeMismatch)
    })
  })

  it("are of exactly one matrix", () => {
    tf.tidy(() => {
      const both = { covariance: matrices([2, 2]), precision: matrices([2, 2]) }
      expect(() => MultivariateNormal(0, both)).toThrow(InvalidOption)
      expect(() => MultivariateNormal(0, both)).toThrow("covariance and precision")
      expect(() => MultivariateNormal(0, {} as typeof both)).toThrow(InvalidOption)
    })
  })
})

describe("vectors and matrices of several distributions", () => {
  it("have the densities, summed, that each has alone", () => {
    const triangles = [
      [1, 0, 0.5, 2],
      [2, 0, -1, 1]
    ]
    const x = [
      [0.3, -1],
      [2, 0.1]
    ]
    const stacked = scalar(() =>
      MultivariateNormal(0, { scaleTril: Tensor.of([2, 2, 2], tf.tensor(triangles.flat(), [2, 2, 2])) })
        .iid(3)
        .logProb(tf.tile(tf.tensor2d(x).expandDims(0), [3, 1, 1]))
    )
    const alone = triangles.map((each, i) =>
      scalar(() =>
        MultivariateNormal(0, { scaleTril: Tensor.of([2, 2], tf.tensor2d(each, [2, 2])) }).logProb(
          tf.tensor1d(x[i] ?? [])
        )
      )
    )
    expect(stacked).toBeCloseTo(3 * ((alone[0] ?? 0) + (alone[1] ?? 0)), 4)
  })

  it("draw values of the distribution's shape, with moments of that shape", () => {
    tf.tidy(() => {
      const some = [
        MultivariateNormal(vectors([5, 3]), { precision: matrices([5, 3, 3]) }),
        LowRankMultivariateNormal(vectors([5, 4]), matrices([5, 4, 2]), 1),
        LogisticNormal(vectors([5, 3]), 1),
        GaussianRandomWalk(vectors([5]), 4, vectors([5]))
      ]
      for (const dist of some.flatMap((each) => [each, each.iid(2)])) {
        const draw = dist.sample(Key.of(1))
        expect(draw.shape).toEqual([...dist.shape])
        expect(dist.mean().shape).toEqual([...dist.shape])
        expect(dist.variance().shape).toEqual([...dist.shape])
        expect(Number.isFinite(dist.logProb(draw).dataSync()[0])).toBe(true)
        expect(dist.logDensity(draw).shape).toEqual(dist.shape.slice(0, -dist.eventRank))
      }
    })
  })
})

describe("a family refuses", () => {
  it("a number of steps that is too small", () => {
    tf.tidy(() => {
      expect(() => GaussianRandomWalk(1, 0)).toThrow(SupportViolation)
    })
  })

  it("log ratios that are numbers", () => {
    tf.tidy(() => {
      expect(() => LogisticNormal(0, 1)).toThrow(ShapeMismatch)
    })
  })
})

describe("an upper triangle", () => {
  it("is not read where a lower one is asked for", () => {
    const density = (above: number) =>
      compute(() => {
        const scaleTril = Tensor.of(
          [2, 2],
          tf.tensor2d([
            [2, above],
            [1, 2]
          ])
        )
        const dist = MultivariateNormal(0, { scaleTril })
        return tf.concat([dist.logProb(tf.tensor1d([2, 3])).reshape([1]), dist.sample(Key.of(1)), dist.variance()])
      }).values
    expect(density(7)).toEqual(density(0))
  })
})
