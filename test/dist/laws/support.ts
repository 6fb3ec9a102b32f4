import type * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { rangeOfDraws } from "../../../src/dist/rangeOfDraws.ts"
import { includes } from "../../../src/tensor/Interval.ts"
import { Key } from "../../../src/tensor/random.ts"
import { describeSetting, tidied } from "./evaluate.ts"
import { given, leaves, type Row, type Setting, someSettings } from "./Row.ts"

const n = 200

/** What holds of the place where a family's draws lie. */
export const supportLaws = <P extends Setting>(row: Row<P>): void => {
  const settings = someSettings(row, 4)
  const drawsOf = (setting: P): tf.Tensor => row.make(given(setting)).iid(n).sample(Key.of(11))

  it("draws numbers in the range that it is said to draw from", () => {
    for (const setting of settings) {
      const range = tidied(() => rangeOfDraws(row.make(given(setting))))
      // a bound that is open is met by a draw that was rounded
      const closed = { ...range, lowOpen: false, highOpen: false }
      for (const x of tidied(() => [...drawsOf(setting).dataSync()]))
        expect(includes(closed, x), `${x} at ${describeSetting(setting)}`).toBe(true)
    }
  })

  it("has a score function only if its support does not move with its parameters", () => {
    const [first, ...others] = settings as [P, ...ReadonlyArray<P>]
    if (!tidied(() => row.make({ ...given(first), ...leaves(row, first) }).gradients.includes("score"))) return
    for (const other of others) {
      const moved = { ...other, ...Object.fromEntries((row.fixed ?? []).map((name) => [name, first[name]])) }
      tidied(() => {
        const [here, there] = [first, moved].map((setting) => row.make({ ...given(setting), ...leaves(row, setting) }))
        if (here === undefined || there?.shape.join() !== here.shape.join()) return
        const logs = there
          .iid(n)
          .logDensity(here.iid(n).sample(Key.of(11)))
          .dataSync()
        expect(logs.indexOf(Number.NEGATIVE_INFINITY), `${describeSetting(first)} at ${describeSetting(moved)}`).toBe(
          -1
        )
      })
    }
  })
}
