import { eventRankOf, isSupport } from "../dist/Support.ts"
import { DataFormat } from "../Errors.ts"
import { type Shape, showShape } from "../tensor/Tensor.ts"
import { Dataset } from "./Dataset.ts"
import { shown } from "./numbers.ts"

/**
 * Rows of which some numbers are missing. No NaN is kept: a hole holds a number of the support, and `seen` says that it does not count. A program sees
 * one row of it as a `Missing` value, which it observes by `masked`, `marginal` or `imputed`.
 */
export interface MissingRows<E extends Shape = Shape, P extends string = string> {
  /** the numbers; where one is missing, the first one that is not */
  readonly filled: Dataset<E, P>
  /** 1 where a number is there, 0 where it is missing */
  readonly seen: Dataset<E, "boolean">
}

/**
 * Rows of which some numbers are missing: `null`, `undefined` and NaN are holes. Real ones where no support is given.
 *
 * @param values all numbers, row after row
 * @param event the shape of a row
 * @throws DataFormat when nothing is seen, an entry is neither a number nor a hole, or as in `Data.of`
 * @example
 * ```ts
 * const y = Data.missing([1.5, null, 2, Number.NaN], [2]) // two rows of two numbers
 * y.seen.values // => [1, 0, 1, 0]
 * ```
 */
export const missing = <const E extends Shape, const P extends string = "real">(
  values: Float32Array | ReadonlyArray<number | null | undefined>,
  event: E,
  support: P = "real" as P
): MissingRows<E, P> => {
  if (!(values instanceof Float32Array || Array.isArray(values)))
    throw unfit(`values is ${shown(values)}, not a list of numbers`, "Write Data.missing([1, null, 3], []).")
  const list = values.findIndex((value) => typeof value === "object" && value !== null)
  if (list >= 0)
    throw unfit(
      `entry ${list} is ${shown(values[list])}, neither a number nor a hole`,
      "Give all numbers in one list, row after row: Data.missing([1, null, 3, 4], [2])."
    )
  const filler = values.find((value) => !isHole(value))
  if (filler === undefined || filler === null)
    throw unfit("nothing is seen: each number is missing", "Give at least one number, or leave the data out.")
  const seen = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) seen[i] = isHole(values[i]) ? 0 : 1
  const filled = values.map((value) => (isHole(value) ? filler : value))
  if (seen.includes(0)) mustHaveParts(event, support)
  return { filled: Dataset.of(filled, event, support), seen: Dataset.of(seen, event, "boolean") }
}

/** The field of a row that says which numbers of another field are there. A user's two fields are not called so together: `prepare` and `Data.stream` refuse them. */
export const seenField = (field: string): string => `\0seen:${field}`

/** @throws DataFormat where holes would stand in vectors or matrices whose numbers go together (a simplex, an order): they have no part that could be missing alone */
export const mustHaveParts = (event: Shape, support: string): void => {
  if (!isSupport(support) || eventRankOf[support] === 0) return
  throw unfit(
    `the numbers of a row ${showShape(event)} on '${support}' go together, and some are missing`,
    "Leave out such rows."
  )
}

const isHole = (value: unknown): boolean => value === null || value === undefined || Number.isNaN(value)

const unfit = (reason: string, advice: string): DataFormat => new DataFormat({ path: "Data.missing", reason, advice })
