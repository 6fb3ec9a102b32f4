// The mutable and the readonly way to write a shape mean the same tensor and the same distribution.
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { dot, Normal, observe, plate, program, sample, split, Tensor } from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const fixed = Tensor.of([3], tf.zeros([3]))
same<Equal<typeof fixed, Tensor<readonly [3]>>>()
export const mutable: Tensor<[3]> = fixed
export const immutable: Tensor<readonly [3]> = mutable
export const ofAny: Tensor = fixed
export const raw: tf.Tensor = fixed
export const product: Tensor<readonly []> = dot(mutable, immutable)

const pieces = split(fixed, [1, 2])
same<Equal<typeof pieces, readonly [Tensor<readonly [1]>, Tensor<readonly [2]>]>>()

const both = Normal(mutable, immutable)
same<Equal<(typeof both)["shape"], readonly [3]>>()

// a scalar parameter beside a vector: the vector's shape, on either side
const scalar = Tensor.of([], tf.scalar(1))
const left = Normal(scalar, fixed)
same<Equal<(typeof left)["shape"], readonly [3]>>()
const right = Normal(fixed, scalar)
same<Equal<(typeof right)["shape"], readonly [3]>>()
const neither = Normal(scalar, 1)
same<Equal<(typeof neither)["shape"], readonly []>>()
const plain = Normal(0, 1)
same<Equal<(typeof plain)["shape"], readonly []>>()

// a model written with mutable shapes takes a guide and data with readonly ones
const walk = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(mutable, 1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), 1)))
  })
)
const x = Tensor.of([2, 3], tf.zeros([2, 3]))
const y = Tensor.of([2], tf.zeros([2]))
export const fit = walk.guide(() => ({ w: Normal(immutable, 1) })).fit({ rows: { x, y } })
export const fitWith = walk.guideWith(() => sample("w", Normal(immutable, 1))).fit({ rows: { x, y } })
