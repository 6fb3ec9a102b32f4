import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import type { Arrays } from "../../engine/Engine.ts"
import type { Parameter } from "../joint/Joint.ts"
import { slotInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { parametersOf } from "../run/initial.ts"
import type { Optimizer } from "../step/Optimizer.ts"

const meanSlot = "mean"
const weightScalar = "weight of iterate"

/**
 * An optimizer that carries the running mean of its iterates too (Polyak and Juditsky 1992): mean ← mean + w (θ − mean).
 *
 * @param weight the weight w of the iterate of each step: 1/(i + 1) for the i-th of a block from 0, with 1 the mean begins anew
 * @throws InvalidOption for natural gradients, whose parameters are moved beside the optimizer's own update
 */
export const averaged = (optimizer: Optimizer, weight: (step: number, steps: number) => number): Optimizer => {
  if (optimizer.slots.includes(meanSlot))
    throw new InvalidOption({
      ...{ option: "optimizer", value: optimizer.name },
      expected: `an optimizer without a slot '${meanSlot}' of its own`
    })
  if (optimizer.natural !== undefined)
    throw new InvalidOption({
      ...{ option: "averaging", value: optimizer.name },
      expected: "no averaging of natural gradient steps: a rate below 1 averages over them"
    })
  return {
    ...optimizer,
    slots: [...optimizer.slots, meanSlot],
    scalars: (step, steps) => ({ ...optimizer.scalars(step, steps), [weightScalar]: weight(step, steps) }),
    update: (parameter, gradient, slots, scalar) => {
      const mean = slots.at(-1) ?? parameter
      const next = optimizer.update(parameter, gradient, slots.slice(0, -1), scalar)
      const moved = tf.add(mean, tf.mul(tf.sub(next.parameter, mean), scalar(weightScalar)))
      return { parameter: next.parameter, slots: [...next.slots, moved] }
    }
  }
}

/** The means of the iterates, of what a step carries. */
export const meansIn = (trained: ReadonlyArray<Parameter>, carried: Arrays): Parameters =>
  parametersOf(trained, carried, (pack) => slotInput(meanSlot, pack))

/** The first step whose iterate counts in the mean of the last share of a fit. */
export const firstAveraged = (share: number, steps: number): number =>
  Math.min(steps - 1, Math.ceil((1 - share) * steps))

/** An optimizer that carries the mean of its iterates in the last share of a fit. */
export const averagedAtTheEnd = (optimizer: Optimizer, share: number): Optimizer =>
  averaged(optimizer, (step, steps) => 1 / (1 + Math.max(0, step - firstAveraged(share, steps))))
