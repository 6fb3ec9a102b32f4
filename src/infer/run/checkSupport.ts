import type { Dataset } from "../../data/Dataset.ts"
import { firstPlace, type Pieces, piece } from "../../data/pieces.ts"
import { contains, eventRankOf, outsider, type Support } from "../../dist/Support.ts"
import { SupportViolation } from "../../Errors.ts"
import type { Counts } from "./masks.ts"

const advice: Partial<Record<Support, string>> = {
  boolean: "Use Data.binarize, or Bernoulli({ logits, soft: true }) for the tutorials' cross-entropy.",
  unitInterval: "Scale the data to [0, 1]."
}

/** The advice for a value that may mean a missing one, by the state of its mask. */
const missing = {
  unmasked: "If it stands for a missing value, leave it out by a mask: Masked(dist, row.mask), where the mask is 0.",
  counted: "Masked leaves out what its mask is 0 for, but here it is 1: make it 0 where the value is missing.",
  unknown:
    "The distribution is Masked, but its mask is not known before the first step, as it depends on more than the data of its own rows: make the mask a field of the row (zeros and ones), or give missing values some number of the support."
} as const

/** Values that do not count, and the number of the first row. */
export interface SupportOptions {
  readonly counts?: () => Counts
  readonly from?: number
}

/**
 * Checks observed values against the support of their distribution, before any work starts. Values that a mask leaves out may be anything.
 *
 * @throws SupportViolation that names the first row outside
 */
export function* checkSupport(
  site: string,
  support: Support,
  rows: Dataset,
  { counts, from = 0 }: SupportOptions = {}
): Pieces<void> {
  const place = yield* firstOutside(support, rows)
  if (place === undefined) return
  const refused = (place: number, masked: keyof typeof missing): SupportViolation =>
    violation(site, support, rows, { place, from }, masked)
  const mask = counts?.()
  if (mask === undefined) throw refused(place, "unmasked")
  if (mask === "unknown") throw refused(place, "unknown")
  const width = rows.values.length / mask.length
  const counting = Array.from(mask, (_, i) => i).filter((i) => (mask[i] ?? 0) > 0)
  const values = Float32Array.from(
    { length: counting.length * width },
    (_, i) => rows.values[placeOf(counting, width, i)] ?? 0
  )
  const found = yield* firstOutside(support, {
    ...rows,
    values,
    shape: [counting.length, ...lastOf(rows.shape, width)]
  })
  if (found !== undefined) throw refused(placeOf(counting, width, found), "counted")
}

/** Where a number of the counting events stands among all numbers. */
const placeOf = (counting: ReadonlyArray<number>, width: number, i: number): number =>
  (counting[Math.floor(i / width)] ?? 0) * width + (i % width)

/** The last dimensions, of as many numbers together. */
const lastOf = (shape: ReadonlyArray<number>, numbers: number): ReadonlyArray<number> => {
  let [from, size] = [shape.length, 1]
  while (size < numbers) size *= shape[--from] ?? numbers
  return shape.slice(from)
}

const violation = (
  site: string,
  support: Support,
  { values, size, scale }: Dataset,
  { place, from }: { readonly place: number; readonly from: number },
  masked: keyof typeof missing
): SupportViolation => {
  const value = (values[place] ?? Number.NaN) * scale
  const row = from + Math.floor(place / Math.max(1, values.length / size))
  const actual = contains[support](value) ? `row ${row} does not lie in it` : `row ${row} holds ${value}`
  const plain = advice[support] ?? "Remove or transform such rows, or choose another likelihood."
  const remedy =
    masked === "unmasked" ? (Number.isNaN(value) ? `${plain} ${missing.unmasked}` : plain) : missing[masked]
  return new SupportViolation({ site, support, actual, advice: remedy })
}

/** The place of the first number that lies in no value of a support, or of the first vector or matrix whose numbers do not go together. */
function* firstOutside(
  support: Support,
  { values, shape, scale }: Pick<Dataset, "values" | "shape" | "scale">
): Pieces<number | undefined> {
  const outside = outsideOf(values, scale, contains[support])
  const found = outside === undefined ? undefined : yield* firstPlace(values.length, outside)
  if (found !== undefined || eventRankOf[support] === 0) return found
  const width = values.length / Math.max(1, shape[0] ?? 1)
  const rows = Math.max(1, Math.floor(piece / Math.max(1, width)))
  for (let start = 0; start < values.length; start += rows * width) {
    const some = values.subarray(start, start + rows * width)
    const vector = outsider(support, some, [some.length / width, ...shape.slice(1)], scale)
    if (vector !== undefined) return start + vector
    if (start + some.length < values.length) yield
  }
  return undefined
}

/** Whether the number at a place lies outside; undefined where none does. Bytes take 256 values at most: each is judged once. */
const outsideOf = (
  values: Dataset["values"],
  scale: number,
  inside: (x: number) => boolean
): ((i: number) => boolean) | undefined => {
  if (!(values instanceof Uint8Array)) return (i) => !inside((values[i] as number) * scale)
  const outside = Uint8Array.from({ length: 256 }, (_, byte) => (inside(byte * scale) ? 0 : 1))
  return outside.includes(1) ? (i) => outside[values[i] as number] === 1 : undefined
}
