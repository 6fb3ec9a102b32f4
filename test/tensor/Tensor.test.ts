import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ShapeMismatch } from "../../src/Errors.ts"
import { split } from "../../src/tensor/ops/join.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import { sigmoid } from "../../src/tensor/ops/ofOne.ts"
import { sameShape, showShape, sizeOf, Tensor } from "../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"

useCpu()

const vector = <N extends number>(n: N, ...values: ReadonlyArray<number>) => Tensor.of([n], tf.tensor1d([...values]))

describe("Tensor.of", () => {
  it("gives the tensor itself back when its shape is right", () => {
    tf.tidy(() => {
      const raw = tf.zeros([2, 3])
      expect(Tensor.of([2, 3], raw)).toBe(raw)
      expect(Tensor.of([], tf.scalar(1)).shape).toEqual([])
    })
  })

  it.each([
    [
      [3, 2],
      [2, 3]
    ],
    [[6], [2, 3]],
    [
      [2, 3, 1],
      [2, 3]
    ],
    [[], [1]],
    [[1], []]
  ])("throws a ShapeMismatch that says both shapes when [%s] is wanted and [%s] came", (wanted, came) => {
    tf.tidy(() => {
      const error = (() => {
        try {
          return Tensor.of(wanted, tf.zeros(came))
        } catch (thrown) {
          return thrown
        }
      })()
      expect(error).toBeInstanceOf(ShapeMismatch)
      expect(error).toMatchObject({ expected: wanted, actual: came, where: "Tensor.of" })
      expect((error as ShapeMismatch).message).toContain(`expected shape ${showShape(wanted)}, got ${showShape(came)}`)
    })
  })
})

describe("shapes", () => {
  const shape = fc.array(fc.nat(5), { maxLength: 4 })

  it("are the same when their texts are", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(sameShape(a, b)).toBe(showShape(a) === showShape(b))
        expect(sameShape(a, [...a])).toBe(true)
      }),
      { seed: 1 }
    )
  })

  it("have the size that tfjs counts", () => {
    fc.assert(
      fc.property(shape, (s) => {
        expect(sizeOf(s)).toBe(scalar(() => tf.scalar(tf.zeros(s).size)))
      }),
      { seed: 2, numRuns: 30 }
    )
  })
})

describe("typed ops", () => {
  it("dot is the sum of products", () => {
    expect(scalar(() => dot(vector(3, 1, 2, 3), vector(3, 4, -5, 6)))).toBe(4 - 10 + 18)
  })

  it("sigmoid is tfjs's", () => {
    const xs = [-30, -1, 0, 2, 30]
    expect(compute(() => sigmoid(vector(5, ...xs)))).toEqual(compute(() => tf.sigmoid(xs)))
  })

  it("split cuts consecutive pieces", () => {
    tf.tidy(() => {
      const pieces = split(vector(5, 1, 2, 3, 4, 5), [2, 3])
      expect(pieces.map((piece) => [...piece.dataSync()])).toEqual([
        [1, 2],
        [3, 4, 5]
      ])
    })
  })
})
