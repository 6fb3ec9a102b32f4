import type * as tf from "@tensorflow/tfjs"
import type { Tensors } from "../../tensor/scan.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { along } from "../../trace/axes.ts"

/** The rows that a recurrence walks along. */
export interface Sequence {
  /** the axis of its rows */
  readonly axis: string
  readonly length: number
  /** the fields of all its rows, `[T, …]` each */
  readonly xs: Tensors
  /** whether the states that its body sums out are drawn too, given all data */
  readonly drawsStates: boolean
}

/** A site of the body that is summed out. */
export interface SumOf {
  readonly site: string
  readonly axis: string
  /** all of its values, `[K, …]` */
  readonly all: tf.Tensor
}

/** What a body handed out at its position, and who takes all of it. */
export interface Written {
  readonly kind: "value" | "log density"
  readonly value: Tensor
  readonly take: (all: Tensor) => void
}

/** Gives the rows of what was written, each called by its place, to those who wait for them. */
export const handOut = (written: ReadonlyArray<Written>, ys: Tensors, axis: string): void =>
  written.forEach(({ take }, i) => void take(typed(along(ys[String(i)] as Tensor, axis))))
