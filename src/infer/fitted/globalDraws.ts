import * as tf from "@tensorflow/tfjs"
import { GuideMismatch } from "../../Errors.ts"
import type { GuideSource } from "../../model/Guided.ts"
import type { AnyRow } from "../../model/Interpreter.ts"
import { drawGuide } from "../../model/interpret.ts"
import { currentStore } from "../../model/Param.ts"
import type { Position, World } from "../../model/World.ts"
import type { Tensors } from "../../tensor/scan.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import type { Learned } from "../fit/Learned.ts"
import { own } from "../joint/names.ts"

const zeros = (shape: Shape): Tensor => typed(tf.zeros([...shape]))

/** The guide's draws outside of plates and recurrences. There are no data: one row of each plate is run, of zeros, on which these draws cannot depend. */
export const globalDraws = (guide: GuideSource, { shapes }: Learned, key: World["key"]): Record<string, tf.Tensor> => {
  const row = (plate: string): AnyRow => mapValues(own(shapes.plates, plate) ?? {}, zeros)
  const drawn = drawGuide(guide, {
    params: currentStore("sample"),
    row,
    observed: (site) => zeros(own(shapes.globals, site) ?? []),
    key,
    mark: (_, draw) => draw,
    scan: (sequence, init, step) => {
      step(init, row(sequence), typed(tf.scalar(0)), onePosition)
      return unknownEnd(sequence, init)
    }
  })
  return Object.fromEntries(
    [...drawn].filter(([, { plates }]) => plates.length === 0).map(([name, { value }]) => [name, value])
  )
}

/** A recurrence of a single position: what is inside is outside too. */
const onePosition: Position = {
  read: (all) => all,
  outside: (f) => f(),
  write: (value, take) => take(typed(value)),
  score: (value, take) => take(typed(value)),
  enumerate: (site) => {
    throw new GuideMismatch({ site, reason: "a guide supplies no site that is summed out; use sample" })
  },
  drawn: () => {}
}

/** What a recurrence ends with depends on all of its rows, and is refused to whoever reads it. */
const unknownEnd = (sequence: string, init: Tensors): Tensors =>
  Object.defineProperties(
    {},
    mapValues(init, () => ({
      enumerable: true,
      get: (): never => {
        throw new GuideMismatch({
          site: sequence,
          reason: `the guide reads what '${sequence}' ends with, which depends on its data: draw by posterior(data, n)`
        })
      }
    }))
  )
