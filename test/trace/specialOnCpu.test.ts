import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { ownKernels } from "../../src/tensor/ownKernels.ts"
import { runSpecial, type Special } from "../../src/tensor/special/Special.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()

const edges = [0, -0, 1e-40, -1e-40, 1e-8, 0.3, -0.3, 0.5, 1, -1, 1.5, -2.5, 7, -7, 88, 3e7, -3e7, 3e38, -3e38]
const all = [...edges, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** Operands with the given values, each in its own order. */
const operands = (special: Special, shapes: (input: number) => ReadonlyArray<number>): ReadonlyArray<tf.Tensor> =>
  special.inputs.map((_, input) => {
    const shape = [...shapes(input)]
    const size = shape.reduce((product, n) => product * n, 1)
    const values = Float32Array.from(
      { length: size },
      (_, i) => all[(i * (1 + 2 * input) + 5 * input) % all.length] ?? 0
    )
    return tf.tensor(values, shape)
  })

const bits = (f: () => tf.Tensor): ReadonlyArray<unknown> => {
  const { values, shape, dtype } = compute(f)
  return [shape, dtype, ...Array.from(values, (value) => (Object.is(value, -0) ? "−0" : value))]
}

const elementwise = Object.values(ownKernels).filter(
  ({ noise, reduces, inputs }) => noise === undefined && reduces === undefined && inputs.length > 0
)
const matrices = new Set(["Cholesky", "SolveTriangular"])

describe("special functions on tfjs's cpu backend", () => {
  for (const special of elementwise.filter(({ kernel }) => !matrices.has(kernel)))
    test(`${special.kernel}: from the second call on it is made of loops, which give the same bits`, () => {
      const shapes = [() => [all.length ** 2], () => [], (input: number) => (input === 0 ? [4, 1, 3] : [2, 1])]
      for (const shape of shapes)
        tf.tidy(() => {
          const inputs = operands(special, shape)
          const plain = bits(() => special.forward(inputs, {}))
          expect(bits(() => runSpecial(special, inputs))).toEqual(plain)
          const before = tf.engine().state.numDataBuffers
          expect(bits(() => runSpecial(special, inputs))).toEqual(plain)
          expect(bits(() => runSpecial(special, inputs))).toEqual(plain)
          expect(tf.engine().state.numDataBuffers).toBe(before)
        })
    })
})
