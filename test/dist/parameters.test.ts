import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { shapeOfParameters } from "../../src/dist/Constraint.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../src/dist/OneHotCategorical.ts"
import { ShapeMismatch } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"

useCpu()

/** float32: half a unit in the last place. */
const eps = 2 ** -24

describe("parameters", () => {
  it("of two shapes are refused, and of one shape or scalar are taken", () => {
    tf.tidy(() => {
      // the compiler does not know these shapes; those that it knows it checks itself
      const ones = (shape: Array<number>): Tensor => Tensor.of(shape, tf.ones(shape))
      const [two, three, column] = [ones([2]), ones([3]), ones([3, 1])]
      expect(() => Normal(two, three)).toThrow(ShapeMismatch)
      expect(() => Normal(three, column)).toThrow(ShapeMismatch)
      expect(() => LogNormal(column, three)).toThrow("LogNormal: expected shape [3, 1], got [3]")
      expect(Normal(two, two).shape).toEqual([2])
      expect(Normal(0, three).shape).toEqual([3])
      expect(LogNormal(column, Tensor.of([], tf.scalar(1))).shape).toEqual([3, 1])
      expect(Bernoulli({ logits: three }).shape).toEqual([3])
    })
  })

  it("of three names go together two by two, whichever of them has a shape", () => {
    tf.tidy(() => {
      const constraints = { a: "real", logits: "real", probs: "real" } as const
      const three = Tensor.of([3], tf.ones([3]))
      const two = Tensor.of([2], tf.ones([2]))
      expect(shapeOfParameters("Some", constraints, { a: 0, logits: 1, probs: three })).toEqual([3])
      expect(shapeOfParameters("Some", constraints, { a: three, logits: undefined, probs: three })).toEqual([3])
      expect(() => shapeOfParameters("Some", constraints, { a: three, logits: 0, probs: two })).toThrow(
        "Some: expected shape [3], got [2]"
      )
    })
  })

  it("say what is wrong with a number: which parameter, what it is, what to give", () => {
    expect(() => Normal(0, -1)).toThrow(
      "site 'Normal.scale' has support 'positive', but it is -1. Give a number above 0."
    )
    expect(() => Bernoulli({ probs: 1 })).toThrow("Give a number strictly between 0 and 1.")
  })

  it("of a one-hot vector are a vector", () => {
    tf.tidy(() => {
      const number = Tensor.of([], tf.scalar(0)) as Tensor as Tensor<readonly [number]>
      expect(() => OneHotCategorical({ logits: number })).toThrow(ShapeMismatch)
    })
  })
})

describe("Normal.fromLocLogVariance", () => {
  it("is the Normal of the first half, and of the second half's exponential as variance", () => {
    tf.tidy(() => {
      const given = Normal.fromLocLogVariance(Tensor.of([4], tf.tensor1d([1, -2, 0.5, -3])))
      const same = Normal(
        Tensor.of([2], tf.tensor1d([1, -2])),
        Tensor.of([2], tf.tensor1d([Math.exp(0.25), Math.exp(-1.5)]))
      )
      expect(given.shape).toEqual([2])
      const x = tf.tensor1d([0.3, -1.9])
      const [a, b] = [given.logProb(x).dataSync()[0] as number, same.logProb(x).dataSync()[0] as number]
      expect(Math.abs(a - b)).toBeLessThan(32 * eps * (1 + Math.abs(b)))
      expect([...given.mean().dataSync()]).toEqual([1, -2])
      given
        .variance()
        .dataSync()
        .forEach((v, i) => {
          const exact = Math.exp([0.5, -3][i] as number)
          expect(Math.abs(v - exact)).toBeLessThan(4 * eps * exact)
        })
      const key = Key.of(4)
      given
        .sample(key)
        .dataSync()
        .forEach((v, i) => {
          expect(Math.abs(v - (same.sample(key).dataSync()[i] as number))).toBeLessThan(16 * eps * 4)
        })
    })
  })

  it.each([[[3]], [[0]], [[2, 2]], [[]]])("refuses parameters of shape [%s]", (shape) => {
    tf.tidy(() => {
      expect(() => Normal.fromLocLogVariance(tf.zeros(shape) as Tensor<readonly [number]>)).toThrow(ShapeMismatch)
    })
  })
})

describe("Bernoulli with soft targets", () => {
  it("is the cross-entropy at values between 0 and 1, says that it is not a density, and cannot be a guide", () => {
    const dist = Bernoulli({ logits: 0.7, soft: true })
    const p = 1 / (1 + Math.exp(-0.7))
    for (const x of [0, 0.25, 0.5, 1]) {
      const expected = x * Math.log(p) + (1 - x) * Math.log(1 - p)
      expect(Math.abs(scalar(() => dist.logProb(tf.scalar(x))) - expected)).toBeLessThan(8 * eps * 2)
    }
    expect(dist).toMatchObject({
      support: "unitInterval",
      gradients: [],
      remark: expect.stringMatching(/not a density/)
    })
    expect(dist).not.toHaveProperty("entropy")
    expect(Bernoulli({ logits: 0.7 })).toMatchObject({ support: "boolean", remark: undefined })
  })
})
