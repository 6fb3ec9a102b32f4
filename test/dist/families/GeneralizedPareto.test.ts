import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { GeneralizedPareto } from "../../../src/dist/GeneralizedPareto.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { scalar } from "../../support/onCpu.ts"
import { laws } from "../laws/laws.ts"
import { generalizedPareto } from "./GeneralizedPareto.ts"

laws(generalizedPareto)

it.each([0, 1e-6, -1e-6])(
  "GeneralizedPareto is smooth at concentration %s: quantiles and density move as they should",
  (at) => {
    const slope = (f: (law: ReturnType<typeof make>) => tf.Tensor): number =>
      scalar(() => tf.grad((xi: tf.Tensor) => f(make(xi)))(tf.scalar(at)))
    const make = (xi: tf.Tensor) => GeneralizedPareto(0, 1, Tensor.of([], xi))
    // with e = −log(1 − u): x = e + ½ξe² + …, log p = −z + ξ(½z² − z) + …
    const e = Math.log(4)
    expect(slope((law) => law.icdf(tf.scalar(0.75)))).toBeCloseTo(e ** 2 / 2, 3)
    expect(slope((law) => law.logProb(tf.scalar(3)))).toBeCloseTo(1.5, 3)
  }
)

it("GeneralizedPareto of a concentration below −1 has its mode at its upper end", () => {
  expect(scalar(() => GeneralizedPareto(1, 2, -2).mode())).toBe(2)
  expect(scalar(() => GeneralizedPareto(1, 2, -0.5).mode())).toBe(1)
})

it("GeneralizedPareto has its quantiles at 0 and 1 at the ends of its support", () => {
  const ends = (shape: number) => [0, 1].map((u) => scalar(() => GeneralizedPareto(2, 3, shape).icdf(tf.scalar(u))))
  expect(ends(-0.5)).toEqual([2, 8])
  expect(ends(0)).toEqual([2, Number.POSITIVE_INFINITY])
  expect(ends(0.5)).toEqual([2, Number.POSITIVE_INFINITY])
})
