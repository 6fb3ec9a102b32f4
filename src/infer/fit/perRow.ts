import { platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Evaluation } from "../run/evaluator.ts"
import type { EpochLoss } from "../run/meter.ts"
import type { Prepared } from "../run/prepared.ts"
import type { Derived } from "./derive.ts"
import type { EpochReport } from "./progress.ts"

/** The factors that turn a program's totals into losses for each row. */
export interface Rows {
  readonly rows: number
  readonly testRows: number | undefined
  /** scales the loss on validation data to the number of training rows */
  readonly scaled: (evaluation: Evaluation) => number
}

/** `undefined` for a program without plates. */
export const rowsOf = (
  { joint, loss }: Pick<Derived, "joint" | "loss">,
  data: Prepared,
  validation: Prepared | undefined
): Rows | undefined => {
  const plates = platesOf(joint)
  const largest = plates.toSorted((a, b) => rowsIn(data, b.label) - rowsIn(data, a.label))[0]
  if (largest === undefined) return undefined
  const ratio = (axis: string): number => {
    const plate = plates.find(({ name }) => name === axis)
    return plate === undefined || validation === undefined
      ? 1
      : rowsIn(data, plate.label) / rowsIn(validation, plate.label)
  }
  return {
    rows: rowsIn(data, largest.label),
    testRows: validation === undefined ? undefined : rowsIn(validation, largest.label),
    scaled: ({ terms }) =>
      loss.terms.reduce(
        (sum, { site, axes }) => sum + axes.reduce((term, axis) => term * ratio(axis), own(terms, site) ?? 0),
        0
      )
  }
}

const rowsIn = ({ sizes }: Prepared, plate: string): number => own(sizes, plate) ?? 1

/** The losses for each row in an epoch's report. */
export const perRowOf = (
  found: Rows | undefined,
  { loss, bound }: Pick<EpochLoss, "loss" | "bound">,
  tested: Evaluation | undefined
): Pick<EpochReport, "perRow"> => {
  if (found === undefined) return {}
  const { rows, testRows, scaled } = found
  const test = tested === undefined || testRows === undefined ? {} : { test: scaled(tested) / rows, testRows }
  return { perRow: { train: loss / rows, rows, ...test, ...(bound !== undefined && { bound: bound / rows }) } }
}
