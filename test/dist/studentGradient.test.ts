import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { MultivariateStudentT } from "../../src/dist/MultivariateStudentT.ts"
import { StudentT } from "../../src/dist/StudentT.ts"
import { typed } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"

useCpu()

/** Degrees of freedom, the square of the distance, and the derivative of the log density by the former, from mpmath with 60 digits. */
const cases: ReadonlyArray<readonly [number, number, number]> = [
  [1e6, 3e3, -2.239534515e-6],
  [1e6, 3e4, -0.0002162797613],
  [1e6, 1e7, -0.7444017273],
  [1e7, 3e3, -2.247600504e-8],
  [1e7, 3e4, -2.240880724e-6],
  [1e7, 1e7, -0.09657356528],
  [1e8, 3e3, -2.248409798e-10],
  [1e8, 3e4, -2.248950346e-8],
  [1e8, 1e7, -0.002200543993]
]

describe.each(cases)("a t log density of %d degrees of freedom at a distance of square %d", (df, square, right) => {
  it("has an exact derivative by the degrees of freedom", () => {
    const x = Math.sqrt(square)
    const one = scalar(() =>
      tf.grad((nu: tf.Tensor) => StudentT(typed<readonly []>(nu), 0, 1).logProb(tf.scalar(x)))(tf.scalar(df))
    )
    const ofVector = scalar(() =>
      tf.grad((nu: tf.Tensor) =>
        MultivariateStudentT(typed<readonly []>(nu), 0, typed<readonly [1, 1]>(tf.ones([1, 1]))).logProb(
          tf.tensor1d([x])
        )
      )(tf.scalar(df))
    )
    // 1e-7/df is the error of the part that does not depend on the distance
    for (const slope of [one, ofVector])
      expect(Math.abs(slope - right)).toBeLessThan(2e-6 * Math.abs(right) + 2e-7 / df)
  })
})
