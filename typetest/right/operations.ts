// Operations keep the shapes: in calls and in pipes, with numbers, equal shapes, and shapes with which the other ends.
import type * as tf from "@tensorflow/tfjs"
import { pipe } from "effect"
import {
  add,
  at,
  concat,
  cumsum,
  div,
  dot,
  exp,
  greater,
  log,
  logSumExp,
  matmul,
  mul,
  pow,
  reshape,
  type Shape,
  slice,
  softmax,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
  where
} from "../../src/index.ts"
import type { Equal } from "../Equal.ts"

declare const scalar: Tensor<[]>
declare const three: Tensor<readonly [3]>
declare const mutable: Tensor<[3]>
declare const four: Tensor<readonly [4]>
declare const matrix: Tensor<readonly [2, 3]>
declare const column: Tensor<readonly [2, 1]>
declare const row: Tensor<readonly [1, 3]>
declare const rows: Tensor<readonly [number, 3]>
declare const any: Tensor
declare const group: Tensor<readonly []>
declare const raw: tf.Tensor

const is = <T extends tf.Tensor>() => ({
  of: <const U extends tf.Tensor>(_: U & (Equal<T, U> extends true ? unknown : never)) => {}
})
type V3 = Tensor<readonly [3]>
type M23 = Tensor<readonly [2, 3]>
type S0 = Tensor<readonly []>

// two operands
is<S0>().of(add(1, 2))
is<V3>().of(mul(2, three))
is<V3>().of(mul(three, scalar))
is<V3>().of(mul(mutable, three))
is<V3>().of(sub(three, three))
is<M23>().of(add(three, matrix))
is<M23>().of(add(matrix, column))
is<M23>().of(div(row, column))
is<Tensor<readonly [number, 3]>>().of(add(rows, three))
is<Tensor<Shape>>().of(add(any, three))
is<tf.Tensor>().of(add(raw, three))
is<tf.Tensor>().of(add(three, raw))
is<V3>().of(where(greater(three, 0), three, 0))
is<M23>().of(where(matrix, three, 1))

// one operand
is<V3>().of(exp(three))
is<S0>().of(log(2))
is<tf.Tensor>().of(exp(raw))

// in pipes
is<V3>().of(pipe(three, mul(2)))
is<M23>().of(pipe(three, mul(matrix), exp, add(column)))
is<S0>().of(pipe(three, exp, sum))
is<V3>().of(pipe(matrix, sum(0)))
is<S0>().of(pipe(three, dot(three)))
is<Tensor<readonly [2]>>().of(pipe(matrix, matmul(three)))
is<V3>().of(pipe(matrix, at(group)))
is<Tensor<readonly [2]>>().of(pipe(three, slice(1)))
is<Tensor<readonly [3, 2]>>().of(pipe(matrix, reshape([3, 2])))

// reductions
is<S0>().of(sum(matrix))
is<S0>().of(sum(raw))
is<V3>().of(sum(matrix, 0))
is<Tensor<readonly [2]>>().of(sum(matrix, -1))
is<V3>().of(logSumExp(matrix, -2))
is<Tensor<readonly [number]>>().of(sum(rows, 1))
is<tf.Tensor>().of(sum(raw, 1))
is<M23>().of(softmax(matrix))
is<M23>().of(cumsum(matrix, 1))
is<V3>().of(cumsum(three))

// products
is<S0>().of(matmul(three, three))
is<Tensor<readonly [2]>>().of(matmul(matrix, three))
is<Tensor<readonly [2, 2]>>().of(matmul(matrix, transpose(matrix)))
is<Tensor<readonly [number]>>().of(matmul(rows, three))
is<V3>().of(matmul(column.squeeze().shape.length > 0 ? stack([scalar, 1]) : stack([1, scalar]), matrix))

// entries and pieces
is<S0>().of(at(three, 1))
is<S0>().of(at(three, group))
is<V3>().of(at(matrix, 0))
is<Tensor<readonly [4, 3]>>().of(at(matrix, four))
is<Tensor<readonly [2]>>().of(slice(four, 1, 3))
is<Tensor<readonly [1, 3]>>().of(slice(matrix, 1))
is<Tensor<readonly [number]>>().of(slice(reshape(four, [4 as number]), 1))
is<V3>().of(stack([1, 2, scalar]))
is<Tensor<readonly [2, 3]>>().of(stack([three, three]))
is<Tensor<readonly [number, 3]>>().of(stack([three] as ReadonlyArray<V3>))
is<Tensor<readonly [7]>>().of(concat([three, four]))
is<Tensor<readonly [784]>>().of(concat([reshape(raw, [400]), reshape(raw, [384])]))
is<Tensor<readonly [4, 3]>>().of(concat([matrix, matrix]))
const [head, tail] = split(three, [1, 2])
is<Tensor<readonly [1]>>().of(head)
is<Tensor<readonly [2]>>().of(tail)

// functions of any shape, as users write them
export const halved = <S extends Shape>(x: Tensor<S>): Tensor<S> => mul(exp(x), 0.5)
export const squared = pow(2)
is<V3>().of(squared(three))
