import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Dirichlet } from "../../src/dist/Dirichlet.ts"
import { LKJCholesky } from "../../src/dist/LKJCholesky.ts"
import { MultivariateStudentT } from "../../src/dist/MultivariateStudentT.ts"
import { Wishart } from "../../src/dist/Wishart.ts"
import { ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { useCpu } from "../support/onCpu.ts"
import { matrices, vectors } from "../support/shaped.ts"

useCpu()

describe("vectors and matrices of several distributions whose draws are made of gamma numbers", () => {
  it("draw values of the distribution's shape, with moments of that shape", () => {
    tf.tidy(() => {
      const some = [
        MultivariateStudentT(vectors([5]), vectors([5, 3]), matrices([3, 3])),
        Wishart(Tensor.of([2], tf.fill([2], 4)), matrices([2, 3, 3])),
        LKJCholesky(3, vectors([5])),
        Dirichlet(vectors([5, 3]))
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

  it("are refused with parameters of other shapes, a dimension too small, or degrees of freedom too few", () => {
    tf.tidy(() => {
      expect(() => MultivariateStudentT(vectors([2]), vectors([5, 3]), matrices([3, 3]))).toThrow(ShapeMismatch)
      expect(() => Wishart(vectors([2]), matrices([3, 3]))).toThrow(ShapeMismatch)
      expect(() => Wishart(2, matrices([3, 3]))).toThrow("Give 3 or more, for matrices of order 3.")
      expect(() => LKJCholesky(1, 1)).toThrow(SupportViolation)
      expect(() => LKJCholesky(2.5, 1)).toThrow(SupportViolation)
      expect(() => Dirichlet(vectors([1]))).toThrow(ShapeMismatch)
      expect(() => Dirichlet(vectors([]))).toThrow(ShapeMismatch)
    })
  })
})
