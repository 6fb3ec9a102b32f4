import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deflateRawSync, gzipSync } from "node:zlib"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import type { Dataset } from "../../src/data/Dataset.ts"
import { DataFormat } from "../../src/Errors.ts"
import { type Equal, same } from "../../typetest/Equal.ts"
import fixture from "../fixtures/npy.json" with { type: "json" }

let path = ""
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-npy-"))
  path = join(folder, "file")
})
afterAll(() => rm(folder, { recursive: true }))
const put = (bytes: string | Uint8Array): Promise<void> =>
  writeFile(path, typeof bytes === "string" ? Buffer.from(bytes, "base64") : bytes)
const words = async (effect: Effect.Effect<unknown, DataFormat>): Promise<string> => {
  const error = await Effect.runPromise(Effect.flip(effect))
  expect(error).toBeInstanceOf(DataFormat)
  return error.message
}

describe("Data.npy", () => {
  test.each(Object.entries(fixture.arrays))("reads what NumPy wrote: %s", async (_, { file, shape, values }) => {
    await put(file)
    const rows = await Effect.runPromise(Data.npy(path))
    expect(rows).toEqual(Data.of(values, shape.slice(1)))
    await put(gzipSync(Buffer.from(file, "base64")))
    expect(await Effect.runPromise(Data.npy(path, { event: shape.slice(1) }))).toEqual(rows)
  })

  test.each<[keyof typeof fixture.wrong, string]>([
    ["records", "records of several fields"],
    ["complex", "its numbers are of the type '<c8'"],
    ["texts", "its numbers are of the type '<U1'"],
    ["one number", "the array is a single number"],
    ["large", "it holds 16777217, which 32 bits do not hold"],
    ["empty", "shape [0, 3], which holds no numbers"],
    ["nan", "(row 1) is NaN, which lies outside the support 'real'"]
  ])("refuses in words what cannot be rows of numbers: %s", async (name, reason) => {
    await put(fixture.wrong[name])
    expect(await words(Data.npy(path))).toContain(reason)
  })

  test("takes NaN as a hole where it is told to", async () => {
    await put(fixture.wrong.nan)
    expect(await Effect.runPromise(Data.npy(path, { missing: true }))).toEqual(Data.missing([1, null, 3], []))
  })

  test("refuses another shape of a row, numbers outside of the support, and a promise that the file does not hold", async () => {
    const { file } = fixture.arrays["<f4"]
    await put(file)
    expect(await words(Data.npy(path, { event: [4] }))).toContain("a row has [3, 4], not [4]")
    expect(await words(Data.npy(path, { support: "boolean" }))).toContain("outside the support 'boolean'")
    const text = Buffer.from(file, "base64").toString("latin1")
    for (const shape of ["(1152921504606846976, 3, 4)", "(1125899906842624, 3, 4)", "(2, 3, 9)", "(2, 3, 2)"]) {
      const changed = text.replace(/\(2, 3, 4\), }( *)/, (_, spaces: string) =>
        `${shape}, }`.padEnd(12 + spaces.length)
      )
      await put(Buffer.from(changed, "latin1"))
      expect(await words(Data.npy(path))).toMatch(
        /bytes, but there are 2|truncated: shape|goes on after|its shape is \(1152921504606846976/
      )
    }
  })
})

describe("Data.npz", () => {
  test.each(Object.entries(fixture.archives))("reads the arrays that are asked for, %s", async (_, file) => {
    await put(file)
    const { x, y } = await Effect.runPromise(
      Data.npz(path, { x: { event: [4] }, y: { event: [], support: "boolean" } })
    )
    expect(x).toEqual(
      Data.of(
        Array.from({ length: 12 }, (_, i) => i),
        [4]
      )
    )
    expect(y).toEqual(Data.of([1, 0, 1], [], "boolean"))
    same<Equal<typeof x, Dataset<readonly [4], "real">>>()
    same<Equal<typeof y, Dataset<readonly [], "boolean">>>()
    expect(await words(Data.npz(path, { z: {} }))).toContain("there is no array 'z'. The file has 'x', 'y'")
  })

  test.each(Object.entries(fixture.archives))("notices each changed byte that matters, %s", async (_, file) => {
    const bytes = Buffer.from(file, "base64")
    const known = await (async () => {
      await put(bytes)
      return Effect.runPromise(Data.npz(path, { x: { event: [4] } }))
    })()
    for (let at = 0; at < bytes.length; at += 13) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x41
      await put(changed)
      const read = await Effect.runPromise(Effect.result(Data.npz(path, { x: { event: [4] } })))
      if (read._tag === "Success") expect(read.success).toEqual(known)
      else expect(read.failure).toBeInstanceOf(DataFormat)
    }
  })

  test("does not unpack more than the directory promises", async () => {
    const bomb = deflateRawSync(new Uint8Array(1 << 24))
    const bytes = Buffer.from(fixture.archives.deflated, "base64")
    const name = Buffer.from("x.npy")
    const local = Buffer.concat([header(0x04034b50, 30, bomb.length, 100, name.length), name, bomb])
    const entry = header(0x02014b50, 46, bomb.length, 100, name.length)
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt32LE(46 + name.length, 12)
    end.writeUInt32LE(local.length, 16)
    await put(Buffer.concat([local, entry, name, end]))
    const before = process.memoryUsage().rss
    expect(await words(Data.npz(path, { x: {} }))).toContain("it does not begin as an NPY file does")
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
    await put(bytes.subarray(0, bytes.length - 30))
    expect(await words(Data.npz(path, { x: {} }))).toContain("damaged")
  })
})

/** The fields that a file's own header and the directory's entry share. */
const header = (mark: number, length: number, packed: number, size: number, nameLength: number): Buffer => {
  const bytes = Buffer.alloc(length)
  const shift = length === 46 ? 2 : 0
  bytes.writeUInt32LE(mark, 0)
  bytes.writeUInt16LE(8, 8 + shift)
  bytes.writeUInt32LE(packed, 18 + shift)
  bytes.writeUInt32LE(size, 22 + shift)
  bytes.writeUInt16LE(nameLength, 26 + shift)
  return bytes
}
