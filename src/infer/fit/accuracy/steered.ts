import { Effect, type Scope } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Parameters } from "../../joint/recordedWorld.ts"
import { batchPlan } from "../../run/batches.ts"
import type { Prepared } from "../../run/prepared.ts"
import { type Position, readingsOf } from "../../run/Training.ts"
import { Optimizer } from "../../step/Optimizer.ts"
import { sized } from "../../step/trainingLoop.ts"
import { averaged, meansIn } from "../averaged.ts"
import type { Derived } from "../derive.ts"
import type { Problem } from "../Learned.ts"
import { mostSteps, type Settings } from "../options.ts"
import type { Descended } from "./Accuracy.ts"
import { after, begun, type Descent } from "./descent.ts"
import { distance, guideMoments } from "./guideMoments.ts"

/** Steps of the first blocks at least: whole epochs. */
const blockSteps = 50

/** The number of epochs in a base block. */
export const epochsInBlock = (stepsPerEpoch: number): number => Math.ceil(blockSteps / stepsPerEpoch)

/** A fit whose step size and end are chosen by a descent. */
export interface Steered {
  /** those of the fit, with the optimizer that it steers and the most epochs */
  readonly settings: Settings
  /** after a call of the engine: whether the fit is over */
  readonly after: (done: number, position: Effect.Effect<Position, FitError>) => Effect.Effect<boolean, FitError>
  /** the averaged iterates, where there are some yet */
  readonly parameters: () => Parameters | undefined
  readonly descended: () => Descended
}

/**
 * What chooses the step sizes and the end of a fit. Its training must end a call after each base block.
 *
 * @param given the most epochs that it may take; otherwise so many that they are `mostSteps` steps
 */
export const steered = (
  { per }: Pick<Problem, "per">,
  derived: Derived,
  data: Prepared,
  settings: Settings,
  given: number | undefined
): Effect.Effect<Steered, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const moments = yield* guideMoments(derived.sampled, data, settings.seed)
    const { accuracy = 0, firstRate: rate, batchSize, seed } = settings
    const { steps: stepsPerEpoch } = batchPlan(seed, readingsOf(derived.loss, data, batchSize, per))
    const rows = new Map(Object.entries(data.sizes))
    const list = derived.loss.parameters.map((parameter) => sized(parameter, rows))
    const base = epochsInBlock(stepsPerEpoch) * stepsPerEpoch
    let descent: Descent<Parameters> = begun()
    let steps = 0
    const rateNow = (): number => rate / 2 ** descent.phase
    const rates = [rate]
    return {
      settings: {
        ...settings,
        optimizer: averaged(Optimizer.adam(rateNow), (step) => 1 / ((step % base) + 1)),
        epochs: given ?? Math.ceil(mostSteps / stepsPerEpoch)
      },
      after: (done, position) =>
        Effect.gen(function* () {
          steps = done
          if (done % base !== 0) return false
          const { carried } = yield* position
          const asking = after(descent, meansIn(list, carried), accuracy, { mean: meanOf })
          let next = asking.next()
          while (next.done !== true) {
            const [a, b] = next.value
            next = asking.next(distance(yield* moments(a), yield* moments(b)))
          }
          if (next.value.phase > descent.phase) rates.push(rate / 2 ** next.value.phase)
          descent = next.value
          return descent.isOver
        }),
      parameters: () => descent.average,
      descended: () => ({ asked: accuracy, moved: descent.moved, steps, rates, isReached: descent.isOver })
    }
  })

const meanOf = (points: ReadonlyArray<Parameters>, weights: ReadonlyArray<number>): Parameters =>
  Object.fromEntries(
    Object.entries(points[0] ?? {}).map(([name, values]) => [
      name,
      values.map((_, i) => points.reduce((sum, point, j) => sum + (point[name]?.[i] ?? 0) * (weights[j] ?? 0), 0))
    ])
  )
