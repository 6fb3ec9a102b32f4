import fc from "fast-check"

/** One change of some bytes, at places that are fractions of their length. */
type Mutation = (bytes: Uint8Array) => Uint8Array

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

const place = fc.double({ min: 0, max: 1, noNaN: true })
const at = (where: number, { length }: Uint8Array): number => Math.floor(where * length)

/** Bytes that parsers stumble over: ends of ranges, digits, brackets, the marks of gzip and IDX. */
const telling = fc.constantFrom(
  0,
  1,
  2,
  8,
  9,
  13,
  14,
  0x1f,
  0x7f,
  0x80,
  0x8b,
  0xff,
  ...new TextEncoder().encode('"{}[]:,-0e9\\u')
)
const few = fc.array(fc.oneof(telling, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 9 })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, few).map(
    ([where, others]): Mutation =>
      (bytes) => {
        const start = at(where, bytes)
        return joined(bytes.subarray(0, start), Uint8Array.from(others), bytes.subarray(start + others.length))
      }
  ),
  fc.tuple(place, few).map(
    ([where, others]): Mutation =>
      (bytes) => {
        const start = at(where, bytes)
        return joined(bytes.subarray(0, start), Uint8Array.from(others), bytes.subarray(start))
      }
  ),
  fc.tuple(place, place).map(
    ([a, b]): Mutation =>
      (bytes) => {
        const [start, end] = [at(Math.min(a, b), bytes), at(Math.max(a, b), bytes)]
        return joined(bytes.subarray(0, start), bytes.subarray(end))
      }
  ),
  fc.tuple(place, place).map(
    ([a, b]): Mutation =>
      (bytes) => {
        const [start, end] = [at(Math.min(a, b), bytes), at(Math.max(a, b), bytes)]
        return joined(bytes.subarray(0, end), bytes.subarray(start))
      }
  ),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(where, bytes))
  ),
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
    ([where, bit]): Mutation =>
      (bytes) => {
        const changed = Uint8Array.from(bytes)
        const index = at(where, bytes)
        if (index < changed.length) changed[index] = (changed[index] ?? 0) ^ (1 << bit)
        return changed
      }
  )
)

/** One of the given files after one to four changes. */
export const mutated = (...files: ReadonlyArray<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([file, mutations]) => mutations.reduce((bytes, change) => change(bytes), file))

/** How many inputs each reader gets: 2,000 with the other tests, as many as asked for by `npm run fuzz`. */
export const runs = {
  numRuns: Number(process.env["LATENT_FUZZ_RUNS"] ?? 2000),
  ...(process.env["LATENT_FUZZ_SEED"] === undefined ? {} : { seed: Number(process.env["LATENT_FUZZ_SEED"]) })
}
