import * as tf from "@tensorflow/tfjs"
import type { ParamStore } from "../../model/Param.ts"
import { uniform } from "../../tensor/random.ts"
import { type Shape, showShape, type Tensor } from "../../tensor/Tensor.ts"
import type { Id } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import { markMask } from "../../trace/unitMasks.ts"

export interface RecordedMasks {
  readonly mask: NonNullable<ParamStore["mask"]>
  /** the plates for each of whose rows a mask is drawn anew, by the name of its noise */
  readonly plates: ReadonlyMap<string, ReadonlyArray<string>>
}

/**
 * The masks of a program's nets: 0 with the probability `rate`, and otherwise 1/(1 − rate), so that their mean is 1. A layer has one mask for each row of the plates that it stands in, however often it is called there: a
 * net is one function of its datum, whose draws and log densities agree. So a mask is drawn outside of recurrences and branches, and is the same for all particles.
 *
 * @param plates those that the program is in, without the sequence of a recurrence
 */
export const recordedMasks = (recorder: Recorder, plates: () => ReadonlyArray<string>): RecordedMasks => {
  const order = new Map<object, number>()
  const known = new Map<string, Id>()
  const found = new Map<string, ReadonlyArray<string>>()
  const mask = (layer: object, shape: Shape, rate: number): tf.Tensor => {
    const place = order.get(layer) ?? order.size + 1
    order.set(layer, place)
    const within = plates()
    const site = [`mask ${place} of Net.dropout, ${showShape(shape)}`, ...within].join(" in ")
    const id = known.get(site) ?? recorder.outermost(() => recorder.idOf(drawn(site, shape, rate)))
    known.set(site, id)
    found.set(site, within)
    return recorder.outermost(() => recorder.tensorOf(id))
  }
  return { mask, plates: found }
}

const drawn = (site: string, shape: Shape, rate: number): tf.Tensor => {
  const numbers: Tensor = uniform({ seed: 0, site, step: 0, lane: 0 }, shape)
  return markMask(tf.mul(tf.cast(tf.greaterEqual(numbers, rate), "float32"), 1 / (1 - rate)))
}
