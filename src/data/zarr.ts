/** An array of a Zarr group, with a name for each of its dimensions, by which xarray reads it. */
export interface ZarrArray {
  readonly dims: ReadonlyArray<string>
  readonly shape: ReadonlyArray<number>
  /** single or double precision, whole numbers of 64 bits, or texts; in row-major order */
  readonly values: Float32Array | Float64Array | BigInt64Array | ReadonlyArray<string>
}

export type Attributes = Readonly<Record<string, string | number>>

export interface ZarrGroup {
  readonly attributes: Attributes
  readonly arrays: Readonly<Record<string, ZarrArray>>
}

/**
 * The files of a Zarr store (version 2 of its specification), by their paths: groups of arrays in one folder each. An array is one chunk, uncompressed, little endian. The metadata stand in `.zmetadata`
 * once more, so that a reader opens one file for all of them.
 */
export const zarrFiles = (
  groups: Readonly<Record<string, ZarrGroup>>,
  attributes: Attributes = {}
): ReadonlyMap<string, Uint8Array> => {
  const metadata = new Map<string, unknown>([
    [".zgroup", groupMetadata],
    [".zattrs", attributes]
  ])
  const chunks = new Map<string, Uint8Array>()
  for (const [group, { attributes: its, arrays }] of Object.entries(groups)) {
    metadata.set(`${group}/.zgroup`, groupMetadata)
    metadata.set(`${group}/.zattrs`, its)
    for (const [name, array] of Object.entries(arrays)) {
      const { dtype, bytes } = bytesOf(array.values)
      metadata.set(`${group}/${name}/.zarray`, arrayMetadata(array.shape, dtype))
      metadata.set(`${group}/${name}/.zattrs`, { _ARRAY_DIMENSIONS: array.dims })
      chunks.set(`${group}/${name}/${array.shape.map(() => "0").join(".") || "0"}`, bytes)
    }
  }
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const consolidated = { zarr_consolidated_format: 1, metadata: Object.fromEntries(metadata) }
  return new Map([
    ...[...metadata].map(([path, value]) => [path, json(value)] as const),
    [".zmetadata", json(consolidated)],
    ...chunks
  ])
}

const groupMetadata = { zarr_format: 2 }

/** Without a fill value, so that a reader takes no number for a missing one. */
const arrayMetadata = (shape: ReadonlyArray<number>, dtype: string) => ({
  ...groupMetadata,
  ...{ shape, chunks: shape.map((n) => Math.max(1, n)), dtype },
  ...{ order: "C", compressor: null, filters: null, fill_value: null }
})

const bytesOf = (values: ZarrArray["values"]): { readonly dtype: string; readonly bytes: Uint8Array } => {
  if (values instanceof Float32Array)
    return { dtype: "<f4", bytes: written(values, 4, (view, place, x) => view.setFloat32(place, x, true)) }
  if (values instanceof Float64Array)
    return { dtype: "<f8", bytes: written(values, 8, (view, place, x) => view.setFloat64(place, x, true)) }
  if (values instanceof BigInt64Array)
    return { dtype: "<i8", bytes: written(values, 8, (view, place, x) => view.setBigInt64(place, x, true)) }
  return textsOf(values)
}

const written = <A>(
  values: Iterable<A> & { readonly length: number },
  size: number,
  set: (view: DataView, place: number, value: A) => void
): Uint8Array => {
  const bytes = new Uint8Array(size * values.length)
  const view = new DataView(bytes.buffer)
  let place = 0
  for (const value of values) {
    set(view, place, value)
    place += size
  }
  return bytes
}

/** Texts of one length in UTF-32, filled with zeros: NumPy's type `<U`. */
const textsOf = (texts: ReadonlyArray<string>) => {
  const points = texts.map((text) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0))
  const length = Math.max(1, ...points.map((each) => each.length))
  const all = points.flatMap((each) => [...each, ...Array<number>(length - each.length).fill(0)])
  return { dtype: `<U${length}`, bytes: written(all, 4, (view, place, point) => view.setUint32(place, point, true)) }
}
