import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect, Result, Schema } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseCsv } from "../../src/data/csv.ts"
import { Data } from "../../src/data/Data.ts"
import { Dataset } from "../../src/data/Dataset.ts"
import { type Idx, parseIdx, readIdx } from "../../src/data/idx.ts"
import { DataFormat } from "../../src/Errors.ts"
import { decode, encode } from "../../src/infer/fit/safetensors.ts"
import { decodeSaved, encodeSaved, type Saved } from "../../src/infer/fit/saved.ts"
import { sizeOf } from "../../src/tensor/Tensor.ts"
import fixture from "../fixtures/npy.json" with { type: "json" }
import { mutated, runs } from "./mutations.ts"

/** What a reader makes of an input; undefined where it refuses it in words. Anything else that it throws fails the test. */
const read = <A>(make: () => A): A | undefined => {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof DataFormat)) throw error
    expect(error.message.length).toBeGreaterThan(20)
    return undefined
  }
}

const whole = ({ shape, values }: Idx): void => expect(values).toHaveLength(sizeOf(shape))

const idx = (type: number, width: number, shape: ReadonlyArray<number>): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * shape.length + width * sizeOf(shape)).fill(7)
  bytes.set([0, 0, type, shape.length])
  for (const [i, n] of shape.entries()) new DataView(bytes.buffer).setUint32(4 + 4 * i, n)
  return bytes
}
const arrays = [
  idx(8, 1, [2, 3, 3]),
  idx(8, 1, [5]),
  idx(9, 1, [4]),
  idx(11, 2, [3, 2]),
  idx(13, 4, [2]),
  idx(14, 8, [2])
]

const checkpoints = [
  encode({}, {}),
  encode(
    { w: { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }, b: { shape: [], values: Float32Array.of(5) } },
    {}
  ),
  encode({ "a/b": { shape: [3], values: Float32Array.of(1, 2, 3) } }, { format: "latent", history: "[]", seed: "0" })
]

describe("a reader gives what was asked for or refuses in words, whatever it is given", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latent-fuzz-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("parseIdx", () => {
    fc.assert(
      fc.property(mutated(...arrays), (bytes) => {
        const result = read(() => parseIdx(bytes, "fuzz"))
        if (result !== undefined) whole(result)
      }),
      runs
    )
  })

  it.each([
    ["plain", arrays],
    ["compressed with gzip", arrays.map((bytes) => new Uint8Array(gzipSync(bytes)))]
  ])("Data.idx, %s", { timeout: 3_600_000 }, async (_, files) => {
    const path = join(folder, "file")
    await fc.assert(
      fc.asyncProperty(mutated(...files), async (bytes) => {
        await writeFile(path, bytes)
        const result = await Effect.runPromise(Effect.result(readIdx(path)))
        if (Result.isSuccess(result)) whole(result.success)
        else expect(result.failure).toBeInstanceOf(DataFormat)
      }),
      runs
    )
  })

  const schema = Schema.Struct({ g: Schema.String, x: Schema.NullOr(Schema.Number), b: Schema.Boolean })
  const tables = ["g,x,b\na,1,true\nb,,false\n", '\uFEFFb,"x",g\r\ntrue,-1.5e3,"a ""b"",\n"\r\nfalse,2,c'].map((text) =>
    new TextEncoder().encode(text)
  )
  it("Data.csv", () => {
    fc.assert(
      fc.property(mutated(...tables), (bytes) => {
        const table = read(() => parseCsv(new TextDecoder().decode(bytes), "fuzz", schema))
        if (table === undefined) return
        const sizes = Object.values(table).map((column) => ("seen" in column ? column.seen.size : column.size))
        expect(new Set(sizes).size).toBe(1)
      }),
      runs
    )
  })

  const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"))
  const { arrays: numpy, archives } = fixture
  it.each([
    ["npy", [numpy["<f4"], numpy[">i8"], numpy["Fortran"], numpy["version 2"]].map(({ file }) => bytesOf(file))],
    ["npz", [archives.stored, archives.deflated].map(bytesOf)]
  ] as const)("Data.%s", { timeout: 3_600_000 }, async (kind, files) => {
    const path = join(folder, kind)
    const rows = kind === "npy" ? Data.npy(path) : Effect.map(Data.npz(path, { x: {} }), ({ x }) => x)
    await fc.assert(
      fc.asyncProperty(mutated(...files), async (bytes) => {
        await writeFile(path, bytes)
        const result = await Effect.runPromise(Effect.result(rows))
        if (Result.isSuccess(result)) expect(result.success.values).toHaveLength(sizeOf(result.success.shape))
        else expect(result.failure).toBeInstanceOf(DataFormat)
      }),
      runs
    )
  })

  it("safetensors", () => {
    fc.assert(
      fc.property(mutated(...checkpoints), (bytes) => {
        const result = read(() => decode(bytes, "fuzz"))
        for (const { shape, values } of Object.values(result?.tensors ?? {})) expect(values).toHaveLength(sizeOf(shape))
      }),
      runs
    )
  })

  it("saved fits", () => {
    const formula = { site: "z", role: "prior", values: [1, 2, 3], constants: ["1"], ops: ["Exp"] } as const
    const parameters = { w: { shape: [2], values: Float32Array.of(1, 2) } }
    const saved: Saved = {
      ...{
        parameters,
        signature: { lines: ["site z: Normal [] | Normal []"], formulas: [formula] },
        seed: 1,
        stopped: true
      },
      ...{
        shapes: { plates: { rows: { y: [] } }, globals: {} },
        sizes: { rows: 3 },
        history: [{ epoch: 1, train: 2.5, seconds: 1 }]
      }
    }
    const resume = {
      ...{ step: 3, sums: { sum: 1.5, rows: 2 }, settings: { seed: "1" } },
      carried: { "m:w": Float32Array.of(3, 4) }
    }
    const files = [encodeSaved(saved), encodeSaved({ ...saved, resume })]
    expect(decodeSaved(files[0] ?? new Uint8Array(), "fuzz")).toEqual(saved)
    expect(decodeSaved(files[1] ?? new Uint8Array(), "fuzz")).toEqual({ ...saved, resume })
    fc.assert(
      fc.property(mutated(...files), (bytes) => {
        const result = read(() => decodeSaved(bytes, "fuzz"))
        for (const { values } of Object.values(result?.parameters ?? {}))
          expect(values.every(Number.isFinite)).toBe(true)
      }),
      runs
    )
  })

  const anything = fc.oneof(
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true
    }),
    fc.constant(Symbol("fuzz")),
    fc.array(fc.constant(Symbol("fuzz")))
  )
  const entry = fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true }) }, { weight: 1, arbitrary: anything })
  const list = fc.oneof(fc.array(entry), fc.array(fc.array(entry, { maxLength: 3 })), fc.sparseArray(entry), anything)
  const event = fc.oneof(fc.constant(undefined), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }), anything)
  const support = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("real", "positive", "unitInterval", "boolean", "integer", "simplex") },
    { weight: 1, arbitrary: anything }
  )

  /** Lists in lists, of which typed arrays are some. */
  const flat = (x: unknown): ReadonlyArray<unknown> =>
    Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView))
      ? Array.from(x as unknown as ArrayLike<unknown>).flatMap(flat)
      : [x]

  it("Data.of", () => {
    const of = Dataset.of as (...args: ReadonlyArray<unknown>) => Dataset
    fc.assert(
      fc.property(list, event, support, (values, event, support) => {
        const result = read(() => of(values, event, support))
        if (result === undefined) return
        expect(result.values).toHaveLength(sizeOf(result.shape))
        expect(result.values.every(Number.isFinite)).toBe(true)
        if (Array.isArray(values))
          expect([...result.values]).toEqual([...Float32Array.from(flat(values) as Array<number>)])
      }),
      runs
    )
  })

  it("Data.ofBytes", () => {
    const ofBytes = Dataset.ofBytes as (...args: ReadonlyArray<unknown>) => Dataset
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), anything), event, (values, event) => {
        const result = read(() => ofBytes(values, event))
        if (result !== undefined) expect(result.values).toHaveLength(sizeOf(result.shape))
      }),
      runs
    )
  })
})
