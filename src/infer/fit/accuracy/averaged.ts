import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../../Errors.ts"
import type { Optimizer } from "../../step/Optimizer.ts"

/** The slot that carries the running mean of an optimizer's iterates. */
export const meanSlot = "mean"
const weightScalar = "weight of iterate"

/**
 * An optimizer that carries the running mean of its iterates too (Polyak and Juditsky 1992): mean ← mean + w (θ − mean).
 *
 * @param weight the weight w of the iterate of each step: 1/(i + 1) for the i-th of a block from 0, with 1 the mean begins anew
 */
export const averaged = (optimizer: Optimizer, weight: (step: number) => number): Optimizer => {
  if (optimizer.slots.includes(meanSlot))
    throw new InvalidOption({
      ...{ option: "optimizer", value: optimizer.name },
      expected: `an optimizer without a slot '${meanSlot}' of its own`
    })
  return {
    ...optimizer,
    slots: [...optimizer.slots, meanSlot],
    scalars: (step, steps) => ({ ...optimizer.scalars(step, steps), [weightScalar]: weight(step) }),
    update: (parameter, gradient, slots, scalar) => {
      const mean = slots.at(-1) ?? parameter
      const next = optimizer.update(parameter, gradient, slots.slice(0, -1), scalar)
      const moved = tf.add(mean, tf.mul(tf.sub(next.parameter, mean), scalar(weightScalar)))
      return { parameter: next.parameter, slots: [...next.slots, moved] }
    }
  }
}
