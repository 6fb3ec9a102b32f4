import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { eventRankOf, holds } from "../../../src/dist/Support.ts"
import { inputShape, outputShape, type Transform } from "../../../src/dist/transform/Transform.ts"
import { type Shape, sizeOf } from "../../../src/tensor/Tensor.ts"
import { compute, type Numbers, stack, tensorOf, unstack } from "../../support/onCpu.ts"
import { accuracy, at, invert, jacobian, numbersOf } from "./jacobian.ts"
import { recordedLaws } from "./recorded.ts"

/** What the laws must be told of a transform. */
export interface Case {
  readonly name: string
  /** made when a test runs, since parameters are tensors */
  readonly transform: () => Transform
  /** the shape of one event */
  readonly shape: Shape
  /** numbers of one event on a grid of 1/1024, which float32 holds exactly with a step of a finite difference */
  readonly x: fc.Arbitrary<ReadonlyArray<number>>
  /** places of the numbers that are free to move, where these are not all */
  readonly free?: { readonly before?: ReadonlyArray<number>; readonly after?: ReadonlyArray<number> }
  /**
   * The slope has corners: near one, a stencil is off by a first-order term, up to the difference of the two stencils whose 15th part is the
   * error elsewhere.
   */
  readonly corners?: true
}

export const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 1024, max: max * 1024 }).map((n) => n / 1024)

/** `count` numbers between −2 and 2. */
export const reals = (count: number, min = -2, max = 2): fc.Arbitrary<ReadonlyArray<number>> =>
  fc.array(number(min, max), { minLength: count, maxLength: count })

const range = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

/** What holds of every transform. */
export const transformLaws = (each: Case): void => {
  const check = (property: (x: Numbers) => void, numRuns = 8): void => {
    fc.assert(
      fc.property(each.x, (values) => tf.tidy(() => property(numbersOf(values, each.shape)))),
      { seed: 2026, numRuns }
    )
  }

  describe(each.name, () => {
    it("comes back: the inverse of the image is the point, up to what rounding the image costs", () => {
      check((x) => {
        const transform = each.transform()
        const y = compute(() => transform.forward(tensorOf(x)))
        const back = at(transform.inverse, y)
        const { before, after } = freeOf(each, y.shape)
        const { inverse } = invert(jacobian(transform, x, { before, after }).values)
        before.forEach((j, row) => {
          const moved = after.map((i, k) => Math.abs(inverse[row]?.[k] ?? 0) * Math.max(1, Math.abs(y.values[i] ?? 0)))
          // the image is off by `accuracy`, and so is what the inverse makes of it
          const allowed = 4 * accuracy * (moved.reduce((sum, m) => sum + m, 0) + Math.abs(x.values[j] ?? 0) + 1)
          expect(Math.abs((back[j] ?? Number.NaN) - (x.values[j] ?? 0))).toBeLessThanOrEqual(allowed)
        })
      })
    })

    it("has the log determinant of its numerical Jacobian", () => {
      check((x) => {
        const transform = each.transform()
        const y = compute(() => transform.forward(tensorOf(x)))
        const { values, errors } = jacobian(transform, x, freeOf(each, y.shape))
        const { inverse, logDet } = invert(values)
        const actual = at((tensor) => transform.forwardAndLogDet(tensor)[1], x)
        // d log|det J| = tr(J⁻¹ dJ), to first order
        const error = values
          .flatMap((row, i) => row.map((_, j) => Math.abs(inverse[j]?.[i] ?? 0) * (errors[i]?.[j] ?? 0)))
          .reduce((sum, e) => sum + e, 0)
        expect(actual).toHaveLength(1)
        expect(error).toBeLessThan(0.05)
        expect(Math.abs((actual[0] ?? Number.NaN) - logDet)).toBeLessThanOrEqual(
          (each.corners === true ? 15 : 1) * error + 4 * accuracy * (1 + Math.abs(logDet))
        )
      })
    })

    it("gives the log determinant the same way from either side, alone and together with the value", () => {
      check((x) => {
        const transform = each.transform()
        const point = tensorOf(x)
        const [y, together] = transform.forwardAndLogDet(point)
        const [back, fromBehind] = transform.inverseAndLogDet(y)
        expect(y.dataSync()).toEqual(transform.forward(point).dataSync())
        expect(back.dataSync()).toEqual(transform.inverse(y).dataSync())
        const alone = transform.logDetJacobian(point, y).dataSync()[0] ?? Number.NaN
        expect(Math.abs((together.dataSync()[0] ?? Number.NaN) - alone)).toBeLessThanOrEqual(
          accuracy * (1 + Math.abs(alone))
        )
        // at the point that the inverse finds
        const there = transform.logDetJacobian(back, transform.forward(back)).dataSync()[0] ?? Number.NaN
        expect(Math.abs((fromBehind.dataSync()[0] ?? Number.NaN) - there)).toBeLessThanOrEqual(
          1e-3 * (1 + Math.abs(there))
        )
      }, 6)
    })

    it("does with a stack of values what it does with each", () => {
      fc.assert(
        fc.property(fc.array(each.x, { minLength: 6, maxLength: 6 }), (points) => {
          tf.tidy(() => {
            const transform = each.transform()
            const all = stack(points.map((values) => numbersOf(values, each.shape)))
            const many = tf.reshape(tensorOf(all), [2, 3, ...each.shape])
            const [y, logDets] = transform.forwardAndLogDet(many)
            expect(y.shape).toEqual([2, 3, ...outputShape(transform, each.shape)])
            expect(logDets.shape).toEqual([2, 3])
            const back = transform.inverse(y)
            expect(back.shape).toEqual([2, 3, ...each.shape])
            points.forEach((_, i) => {
              const one = transform.forwardAndLogDet(tensorOf(unstack(all, i)))
              const width = sizeOf(one[0].shape)
              close(y.dataSync().slice(i * width, (i + 1) * width), one[0].dataSync())
              close(logDets.dataSync().slice(i, i + 1), one[1].dataSync())
              const size = sizeOf(each.shape)
              const alone = transform.inverse(one[0]).dataSync()
              // where the inverse is steep, the last bit of the image is seen
              close(back.dataSync().slice(i * size, (i + 1) * size), alone, 1e-3)
            })
          })
        }),
        { seed: 2026, numRuns: 3 }
      )
    })

    it("gives values on its codomain, of the shape that it says", () => {
      check((x) => {
        const transform = each.transform()
        const y = compute(() => transform.forward(tensorOf(x)))
        expect(holds(transform.codomain, y.values, y.shape)).toBe(true)
        expect(outputShape(transform, x.shape)).toEqual(y.shape)
        expect(inputShape(transform, y.shape)).toEqual(x.shape)
        expect(transform.eventRanks).toEqual([x.shape.length, y.shape.length])
        expect(eventRankOf[transform.codomain]).toBeLessThanOrEqual(y.shape.length)
      })
    })

    it("lets gradients through: those of value and log determinant are finite, and agree with finite differences", () => {
      check((x) => {
        const transform = each.transform()
        const weights = compute(() => transform.forward(tensorOf(x))).values.map((_, i) => 1 + 0.25 * i)
        const loss = (point: tf.Tensor): tf.Tensor => {
          const [y, logDet] = transform.forwardAndLogDet(point)
          const total = tf.sum(tf.mul(y, tf.tensor(weights, y.shape)))
          return tf.stack([tf.add(total, tf.sum(logDet))])
        }
        const { before } = freeOf(each, [])
        const gradient = tf
          .grad((point) => tf.sum(loss(point)))(tensorOf(x))
          .dataSync()
        const { values, errors } = jacobian({ forward: loss }, x, { before, after: [0] })
        before.forEach((j, k) => {
          const error = (each.corners === true ? 15 : 1) * (errors[0]?.[k] ?? Number.NaN)
          const expected = values[0]?.[k] ?? Number.NaN
          expect(Math.abs((gradient[j] ?? Number.NaN) - expected)).toBeLessThanOrEqual(
            error + 16 * accuracy * (1 + Math.abs(expected))
          )
        })
      }, 6)
    })

    recordedLaws(each)
  })
}

const freeOf = ({ free, shape }: Case, after: Shape) => ({
  before: free?.before ?? range(sizeOf(shape)),
  after: free?.after ?? range(sizeOf(after))
})

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, relative = 4 * accuracy): void => {
  expect(actual.length).toBe(expected.length)
  Array.from(expected).forEach((value, i) => {
    expect(Math.abs((actual[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(relative * (1 + Math.abs(value)))
  })
}
