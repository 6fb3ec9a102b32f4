import type { Dataset } from "../../data/Dataset.ts"
import { contains, outsider, type Support } from "../../dist/Support.ts"
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

/**
 * Checks observed values against the support of their distribution, before any work starts. Values that a mask leaves out may be anything.
 *
 * @throws SupportViolation that names the first row outside
 */
export const checkSupport = (site: string, support: Support, rows: Dataset, counts?: () => Counts): void => {
  const place = firstOutside(support, rows)
  if (place === undefined) return
  const mask = counts?.()
  if (mask === undefined) throw violation(site, support, rows, place, "unmasked")
  if (mask === "unknown") throw violation(site, support, rows, place, "unknown")
  const width = rows.values.length / mask.length
  const counting = Array.from(mask, (_, i) => i).filter((i) => (mask[i] ?? 0) > 0)
  const values = Float32Array.from(
    { length: counting.length * width },
    (_, i) => rows.values[placeOf(counting, width, i)] ?? 0
  )
  const found = firstOutside(support, { ...rows, values, shape: [counting.length, ...lastOf(rows.shape, width)] })
  if (found !== undefined) throw violation(site, support, rows, placeOf(counting, width, found), "counted")
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
  place: number,
  masked: keyof typeof missing
): SupportViolation => {
  const value = (values[place] ?? Number.NaN) * scale
  const row = Math.floor(place / Math.max(1, values.length / size))
  const actual = contains[support](value) ? `row ${row} does not lie in it` : `row ${row} holds ${value}`
  const plain = advice[support] ?? "Remove or transform such rows, or choose another likelihood."
  const remedy =
    masked === "unmasked" ? (Number.isNaN(value) ? `${plain} ${missing.unmasked}` : plain) : missing[masked]
  return new SupportViolation({ site, support, actual, advice: remedy })
}

/** The place of the first number that lies in no value of a support, or of the first vector or matrix whose numbers do not go together. */
const firstOutside = (
  support: Support,
  { values, shape, scale }: Pick<Dataset, "values" | "shape" | "scale">
): number | undefined => {
  const inside = contains[support]
  const outside = values instanceof Uint8Array ? firstByte(values, scale, inside) : firstFloat(values, scale, inside)
  return outside >= 0 ? outside : outsider(support, values, shape, scale)
}

const firstFloat = (values: Float32Array, scale: number, inside: (x: number) => boolean): number => {
  for (let i = 0; i < values.length; i++) if (!inside((values[i] as number) * scale)) return i
  return -1
}

/** Bytes take 256 values at most: each is judged once. */
const firstByte = (values: Uint8Array, scale: number, inside: (x: number) => boolean): number => {
  const outside = Uint8Array.from({ length: 256 }, (_, byte) => (inside(byte * scale) ? 0 : 1))
  return outside.includes(1) ? values.findIndex((byte) => outside[byte] === 1) : -1
}
