import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { slotInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { batchPlan } from "../run/batches.ts"
import { parametersOf } from "../run/initial.ts"
import type { Prepared } from "../run/prepared.ts"
import { type Manner, readingsOf, startTraining, type TrainingSettings } from "../run/Training.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import type { Optimizer } from "../step/Optimizer.ts"

/** Steps at the beginning that do not count: a running baseline begins at 0. */
const burnIn = 50

/** Calls after which it is known how long a step takes. */
const triedCalls = 3

/** Leaves the parameters where they are and sums the gradients and their squares. */
const summing: Optimizer = {
  name: "the sum of the gradients",
  slots: ["sum", "squares"],
  scalars: (step) => ({ counts: step < burnIn ? 0 : 1 }),
  update: (parameter, gradient, [sum = gradient, squares = gradient], scalar) => {
    const counted = tf.mul(scalar("counts"), gradient)
    return { parameter, slots: [tf.add(sum, counted), tf.add(squares, tf.square(counted))] }
  }
}

export interface GradientMoments {
  /** the variance of the gradient from step to step, for each number of each parameter; undefined where steps were too slow */
  readonly variances: Parameters | undefined
  /** of one step */
  readonly milliseconds: number
}

export interface MomentOptions extends Required<Pick<Manner, "per" | "from">> {
  /** so many gradients */
  readonly steps: number
  /** milliseconds a step from which on it is given up */
  readonly slowest: number
}

/** How the gradient of a loss varies from step to step, where the parameters stand. */
export const gradientMoments = (
  loss: LossGraph,
  data: Prepared,
  settings: Pick<TrainingSettings, "batchSize" | "particles" | "seed" | "precision">,
  { per, from, steps, slowest }: MomentOptions
): Effect.Effect<GradientMoments, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const plan = batchPlan(settings.seed, readingsOf(loss, data, settings.batchSize, per))
      const epochs = Math.ceil((burnIn + steps) / plan.steps)
      const training = yield* startTraining(
        loss,
        data,
        { ...settings, epochs, optimizer: summing, clipNorm: undefined },
        { per, from, together: epochs }
      )
      let [done, calls, milliseconds] = [0, 0, Number.POSITIVE_INFINITY]
      while (done < burnIn + steps) {
        const advance = yield* training.advance
        yield* Effect.yieldNow
        // the first call also makes things ready; the quickest of the others was disturbed least
        if (calls++ > 0) milliseconds = Math.min(milliseconds, advance.milliseconds / (advance.done - done))
        done = advance.done
        if (calls >= triedCalls && milliseconds > slowest) return { variances: undefined, milliseconds }
      }
      const { carried } = yield* training.position
      const [sums, squares] = ["sum", "squares"].map((slot) =>
        parametersOf(training.trained, carried, (pack) => slotInput(slot, pack))
      )
      const variances = Object.fromEntries(
        Object.entries(squares ?? {}).map(([name, each]) => [
          name,
          each.map((square, i) => varianceOf(square, sums?.[name]?.[i] ?? Number.NaN, done - burnIn))
        ])
      )
      return { variances, milliseconds }
    })
  )

/** Added up over all numbers of some parameters. */
export const varianceIn = (parameters: ReadonlyArray<Float32Array>): number =>
  parameters.reduce((total, each) => total + each.reduce((sum, variance) => sum + variance, 0), 0)

/** A gradient without variance may come out a rounding below 0. */
const varianceOf = (squares: number, sum: number, n: number): number => Math.max(0, squares - (sum * sum) / n) / (n - 1)
