import { Effect } from "effect"
import { DataFormat } from "../Errors.ts"
import { type Shape, showShape } from "../tensor/Tensor.ts"
import { Dataset } from "./Dataset.ts"
import { withFile } from "./file.ts"
import { type MissingRows, missing } from "./missingRows.ts"
import { type NpyArray, readNpy } from "./npyArray.ts"
import { readZip } from "./zip.ts"

/** What an array holds. What is left out is read from the file, and a support is the real numbers. */
export interface NpyOptions<E extends Shape = Shape, P extends string = string, M extends boolean = boolean> {
  /** the shape of a row, without the number of rows, which is the array's first dimension */
  readonly event?: E
  readonly support?: P
  /** whether NaN stands for a missing number; otherwise it is refused */
  readonly missing?: M
}

type RowsFor<E extends Shape, P extends string, M extends boolean> = M extends true ? MissingRows<E, P> : Dataset<E, P>
export type NpyChoice<O> =
  O extends NpyOptions<infer E, infer P, infer M>
    ? RowsFor<E, string extends P ? "real" : P, boolean extends M ? false : M>
    : never

/**
 * The rows of an array in NumPy's NPY format, versions 1 to 3: numbers of 32 and 64 bits with a point, whole ones of 8 to 64 bits, or booleans, in C or
 * Fortran order and either byte order; plain or compressed with gzip. Kept in 32 bits: whole numbers that these do not hold exactly are refused.
 *
 * Fails with DataFormat for a file that is no such array, has another shape of a row, or holds numbers outside of the support.
 *
 * @example
 * ```ts
 * const x = Data.npy("x.npy", { event: [3] }) // Effect of Dataset<readonly [3], "real">
 * const y = Data.npy("y.npy", { event: [], missing: true }) // NaN is a hole: MissingRows<readonly [], "real">
 * ```
 */
export const npy = <const E extends Shape = Shape, const P extends string = "real", const M extends boolean = false>(
  path: string,
  options: NpyOptions<E, P, M> = {}
): Effect.Effect<RowsFor<E, P, M>, DataFormat> =>
  // what the options say of the rows is checked, but cannot be followed by the compiler
  reading(path, (signal) =>
    withFile(path, signal, async (reader) => rowsOf(await readNpy(reader), path, options))
  ) as Effect.Effect<RowsFor<E, P, M>, DataFormat>

/**
 * Arrays of a file that `numpy.savez` or `numpy.savez_compressed` wrote, by their names; the others are not read.
 *
 * Fails with DataFormat as {@link npy}, for names that are not there, and for a damaged archive.
 *
 * @example
 * ```ts
 * const data = Data.npz("data.npz", { x: { event: [3] }, y: { event: [] } }) // Effect of { x: Dataset<readonly [3], "real">, y: … }
 * ```
 */
export const npz = <const T extends { readonly [name: string]: NpyOptions }>(
  path: string,
  arrays: T
): Effect.Effect<{ readonly [K in keyof T & string]: NpyChoice<T[K]> }, DataFormat> =>
  reading(path, async (signal) => {
    const read = await readZip(
      path,
      signal,
      (names) => Object.keys(arrays).map((name) => mustBeThere(name, names, path)),
      (_, reader) => readNpy(reader)
    )
    return Object.fromEntries(
      Object.entries(arrays).map(([name, options]) => [
        name,
        rowsOf(read[`${name}.npy`] ?? { shape: [], values: new Float32Array() }, `${path}/${name}`, options)
      ])
    )
  }) as Effect.Effect<{ readonly [K in keyof T & string]: NpyChoice<T[K]> }, DataFormat>

export const mustBeThere = (name: string, names: ReadonlyArray<string>, path: string): string => {
  const file = `${name}.npy`
  if (names.includes(file)) return file
  const listed = names.map((each) => `'${each.replace(/\.npy$/, "")}'`).join(", ")
  throw new DataFormat({ path, reason: `there is no array '${name}'`, advice: `The file has ${listed || "none"}.` })
}

export const reading = <A>(path: string, read: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, DataFormat> =>
  Effect.tryPromise({
    try: read,
    catch: (cause) =>
      cause instanceof DataFormat
        ? cause
        : new DataFormat({
            path,
            reason: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
            advice: "Check the path and the file."
          })
  })

const rowsOf = (array: NpyArray, path: string, options: NpyOptions): Dataset | MissingRows => {
  const { event, support } = rowOf(array, path, options)
  try {
    return options.missing === true ? missing(array.values, event, support) : Dataset.of(array.values, event, support)
  } catch (error) {
    throw error instanceof DataFormat ? new DataFormat({ path, reason: error.reason, advice: error.advice }) : error
  }
}

/** What a row of an array is, by its header and by what is asked. */
export const rowOf = (
  { shape }: Pick<NpyArray, "shape">,
  path: string,
  options: NpyOptions
): { readonly event: Shape; readonly support: string } => {
  const { event = shape.slice(1), support = "real" } = options
  if (shape.length === 0)
    throw new DataFormat({ path, reason: "the array is a single number", advice: "Its first dimension is the rows." })
  if (showShape(event) !== showShape(shape.slice(1))) {
    throw new DataFormat({
      path,
      reason: `the array has shape ${showShape(shape)}, so that a row has ${showShape(shape.slice(1))}, not ${showShape(event)}`,
      advice: "Give the shape of one row, without the number of rows."
    })
  }
  return { event, support }
}
