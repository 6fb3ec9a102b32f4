import { InvalidOption } from "../../Errors.ts"
import type { Values } from "../../trace/Graph.ts"
import { scalarInput } from "../joint/names.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import type { Optimizer } from "../step/Optimizer.ts"

/** Whatever changes from step to step, with its name in a message. */
export type Scheduled = Pick<Optimizer, "name" | "scalars">

/** The numbers of an optimizer and those of an objective. */
export const scheduled = (
  optimizer: Optimizer,
  { scalars }: Pick<LossGraph, "scalars">,
  epochs: number
): Scheduled => ({
  name: optimizer.name,
  scalars: (step, steps) => ({ ...optimizer.scalars(step, steps), ...scalars?.(step, { steps, epochs }) })
})

/** The numbers that are needed anew at each of `k` steps from step `from` of `total` on, as feeds. */
export const scalarFeeds = (
  { scalars }: Scheduled,
  total: number,
  from: number,
  k: number
): Readonly<Record<string, Values>> => {
  const steps = Array.from({ length: k }, (_, i) => scalars(from + i, total))
  const names = Object.keys(steps[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [scalarInput(name), Float32Array.from(steps, (each) => each[name] ?? Number.NaN)])
  )
}

/** A number of an optimizer that is not finite, in float32. */
export interface BrokenScalar {
  /** from 0 */
  readonly step: number
  readonly name: string
  readonly value: number
}

/** The first number among the feeds of steps from `from` on that is not finite. */
export const brokenScalar = (feeds: Readonly<Record<string, Values>>, from: number): BrokenScalar | undefined => {
  const found = Object.entries(feeds).flatMap(([input, values]): ReadonlyArray<BrokenScalar> => {
    const i = values.findIndex((value: number) => !Number.isFinite(value))
    return i < 0 ? [] : [{ step: from + i, name: input.slice(scalarInput("").length), value: values[i] ?? Number.NaN }]
  })
  return found.toSorted((a, b) => a.step - b.step)[0]
}

/** Steps that are looked at before the first one: all of them, or so many spread evenly. Each is looked at again when its turn comes. */
const looks = 20_000

/** @throws InvalidOption where a schedule gives a number that is not finite */
export const checkSchedule = (given: Scheduled, total: number): void => {
  const apart = Math.max(1, (total - 1) / looks)
  for (let i = 0; ; i++) {
    const step = Math.min(total - 1, Math.round(i * apart))
    const broken = brokenScalar(scalarFeeds(given, total, step, 1), step)
    if (broken !== undefined) {
      throw new InvalidOption({
        option: "optimizer",
        value: `${given.name} with the number '${broken.name}' ${broken.value} at step ${step + 1} of ${total}`,
        expected: "a schedule that is a finite number at each step, (step, steps) => rate with step from 0 to steps − 1"
      })
    }
    if (step === total - 1) return
  }
}
