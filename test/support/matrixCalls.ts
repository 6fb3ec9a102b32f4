import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { cholesky } from "../../src/tensor/linear/cholesky.ts"
import { solveTriangular } from "../../src/tensor/linear/solveTriangular.ts"
import type { Shape } from "../../src/tensor/Tensor.ts"
import type { Call, Operand } from "./kernelCalls.ts"

const operand = (shape: Shape): Operand => ({ shape, dtype: "float32", range: [-1, 1] })
const size = fc.integer({ min: 1, max: 3 })
const lead = fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 })

/** Matrices of numbers between −1 and 1 with so much more on the diagonal that they are positive definite, and far from singular. */
const strong = (x: tf.Tensor | undefined): tf.Tensor => {
  const n = x?.shape.at(-1) ?? 1
  return tf.add(x ?? 0, tf.mul(tf.eye(n), n + 1))
}

const choleskys: fc.Arbitrary<Call> = fc.tuple(lead, size).map(([shape, n]) => ({
  operands: [operand([...shape, n, n])],
  run: (x) => cholesky(strong(x)),
  [fc.toStringMethod]: () => `[${shape}] ${n}`
}))

/** A triangle for all right sides, one for each, or several for one right side. */
const solutions: fc.Arbitrary<Call> = fc
  .record({
    lead,
    side: fc.constantFrom("both", "triangle", "right"),
    n: size,
    k: size,
    lower: fc.boolean(),
    transposed: fc.boolean()
  })
  .map(({ lead, side, n, k, lower, transposed }) => ({
    operands: [
      operand([...(side === "right" ? [] : lead), n, n]),
      operand([...(side === "triangle" ? [] : lead), n, k])
    ],
    run: (x, y) => solveTriangular(strong(x), y as tf.Tensor, { lower, transposed }),
    [fc.toStringMethod]: () => JSON.stringify({ lead, side, n, k, lower, transposed })
  }))

/** For each row of the kernel table that is a function of matrices, how a program comes to use it. */
export const matrixCalls: Readonly<Record<string, fc.Arbitrary<Call>>> = {
  Cholesky: choleskys,
  SolveTriangular: solutions
}
