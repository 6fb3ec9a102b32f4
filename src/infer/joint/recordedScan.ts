import type { Position } from "../../model/World.ts"
import { scan, type Tensors } from "../../tensor/scan.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { atPosition } from "../../trace/axes.ts"
import type { Recorder } from "../../trace/record.ts"
import { stateOf, summedScan } from "./summedScan.ts"
import { handOut, type Sequence, type SumOf, type Written } from "./written.ts"

type StepAt = (before: Tensors, x: Tensors, t: Tensor<readonly []>, position: Position) => Tensors

/** Ends the recording of a body that sums out a site: the recurrence is recorded in another form. */
class InOtherForm {
  readonly finish: () => Tensors
  constructor(finish: () => Tensors) {
    this.finish = finish
  }
}

/** Records a recurrence over the rows of a plate: as it is, or with the sites that its body enumerates summed out. */
export const recordedScan = (recorder: Recorder, sequence: Sequence, init: Tensors, step: StepAt): Tensors => {
  const { axis, length, xs } = sequence
  let taken: ReadonlyArray<Written> = []
  const once = (before: Tensors, x: Tensors, t: Tensor<readonly []>) => {
    recorder.drawAlong(axis)
    const written: Array<Written> = []
    const sums: Array<SumOf> = []
    const takers = new Map<string, (draws: Tensor | undefined) => void>()
    const next = step(before, x, t, {
      outside: recorder.outside,
      read: (all) => typed(atPosition(all, axis, length)),
      write: (value, take) => void written.push({ kind: "value", value: typed(value), take }),
      score: (value, take) => void written.push({ kind: "log density", value: typed(value), take }),
      enumerate: (site, dist) => {
        const { sum, state } = stateOf(site, dist)
        sums.push(sum)
        return state
      },
      drawn: (site, take) => void takers.set(site, take)
    })
    if (sums.length > 0) {
      const summed = summedScan(recorder, { before, x, t, next, written, sums }, init, sequence)
      throw new InOtherForm(() => {
        const { last, draws } = summed()
        for (const [site, take] of takers) take(draws.get(site))
        return last
      })
    }
    taken = written
    return { carry: next, y: Object.fromEntries(written.map(({ value }, i) => [String(i), value])) }
  }
  try {
    const { carry, ys } = scan(init, xs, (before, x, t) => once(before, x as Tensors, t), { length })
    handOut(taken, ys, axis)
    return carry
  } catch (error) {
    if (error instanceof InOtherForm) return error.finish()
    throw error
  }
}
