import { GuideMismatch, InvalidOption } from "../../Errors.ts"
import { own } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import type { Prepared } from "../run/prepared.ts"
import { type Derived, derive, deriveValue } from "./derive.ts"
import type { Problem } from "./Learned.ts"
import { type Settings, settingsOf } from "./options.ts"

/** Derives a problem on data of given shapes, with a fit's settings. */
export const deriveFor = (
  problem: Problem,
  shapes: DataShapes,
  {
    particles,
    estimators,
    objective,
    optimizer
  }: Pick<Settings, "particles" | "estimators" | "objective"> & Partial<Pick<Settings, "optimizer">>
): Derived =>
  derive(problem.guided(shapes), shapes, {
    ...{ particles, estimators, objective, per: problem.per },
    readsParameters: optimizer?.natural !== undefined
  })

/**
 * Derives a problem whose parameters are read from a file. A fit may have asked for estimators without which its plan is refused: a fitted value needs none.
 */
export const deriveLoaded = (problem: Problem, shapes: DataShapes): Derived => {
  const settings = settingsOf({})
  try {
    return deriveFor(problem, shapes, settings)
  } catch (error) {
    if (!(error instanceof GuideMismatch)) throw error
    return deriveValue(problem.guided(shapes), shapes, { ...settings, per: problem.per })
  }
}

/** A loss that is no sum over the rows of a plate needs all of them in each step. */
export const mustReadWhole = (
  { loss, decisions }: Derived,
  { sizes }: Prepared,
  { batchSize }: Pick<Settings, "batchSize">
): void => {
  const sequences = new Set(loss.plates.flatMap(({ label, size }) => (size === undefined ? [] : [label])))
  const plate = [...loss.whole].find((name) => !sequences.has(name) && (own(sizes, name) ?? 1) > batchSize)
  if (plate === undefined) return
  throw new InvalidOption({
    option: "batchSize",
    value: String(batchSize),
    expected: `at least ${own(sizes, plate)}, all rows of '${plate}': ${decisions.objective.needs === "logWeight" ? `${decisions.objective.name} with latent sites outside of that plate` : "a site outside of that plate is summed out, and the logarithm of such a sum"} is no sum over its rows`
  })
}
