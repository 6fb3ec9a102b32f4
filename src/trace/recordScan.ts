import * as tf from "@tensorflow/tfjs"
import type { Id } from "./Graph.ts"
import type { RecordingBackend } from "./RecordingBackend.ts"
import { type Region, recordRegion } from "./recordRegion.ts"
import { carryInput, scanAttrs, scannedInput } from "./region.ts"

/** One step of a recurrence on flat vectors: from the carry and the values of one position to the next carry and a row. */
export type Body = (
  carry: tf.Tensor,
  x: tf.Tensor | undefined
) => { readonly carry: tf.Tensor; readonly row: tf.Tensor }

/** The attributes of the call `Recurrence`, whose inputs are `carry` `[C]` and, if there are sequences, `x` `[T, X]`. */
export interface Recurrence {
  readonly body: Body
  readonly length: number
  readonly reverse: boolean
}

/** Records a recurrence as one node; each row holds the carry after its position, then the body's own row. */
export const recordScan = (
  backend: RecordingBackend,
  inputs: { readonly [name: string]: tf.TensorInfo | undefined },
  attrs: unknown
): Id => {
  const { body, length, reverse } = attrs as Recurrence
  const { carry, x } = inputs
  if (carry === undefined) throw new RangeError("a recurrence takes a carry")
  const scanned = x === undefined ? 0 : 1
  const outside = backend.current()
  const region: Region = recordRegion({ length, scanned }, (input) => {
    const value = x === undefined ? undefined : input(scannedInput(0), x.shape.slice(1), x.dtype as "float32")
    const next = body(input(carryInput, carry.shape), value)
    return { carry: next.carry, row: tf.concat([next.carry, next.row], -1) }
  })
  const given = [carry, ...(x === undefined ? [] : [x])].map((each) => outside.idOf(each))
  return outside.add(
    "Scan",
    [...given, ...region.noise, ...region.captured],
    scanAttrs({ body: region.graph, length, scanned: scanned + region.noise.length, reverse, held: true })
  )
}
