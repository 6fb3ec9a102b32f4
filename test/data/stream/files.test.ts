import { readdirSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect, Schema } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import type { Dataset } from "../../../src/data/Dataset.ts"
import type { MissingRows } from "../../../src/data/missingRows.ts"
import { blocksOf } from "../../../src/data/stream/blocks.ts"
import type { RowStream } from "../../../src/data/stream/RowStream.ts"
import { DataFormat } from "../../../src/Errors.ts"
import { type Equal, same } from "../../../typetest/Equal.ts"
import fixture from "../../fixtures/npy.json" with { type: "json" }

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-files-"))
})
afterAll(() => rm(folder, { recursive: true }))

const put = async (name: string, bytes: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** All rows of one pass, field by field. */
const allOf = async (stream: RowStream, pass = 0): Promise<Record<string, Array<number>>> => {
  const blocks = blocksOf(stream, pass, "data.rows")
  const found: Record<string, Array<number>> = {}
  try {
    for (let block = await blocks.next(); block !== undefined; block = await blocks.next())
      for (const [name, values] of Object.entries(block.values)) {
        found[name] ??= []
        found[name].push(...values)
      }
  } finally {
    await blocks.close()
  }
  return found
}
const words = async (read: Promise<unknown>): Promise<string> => {
  const error = await read.then(() => undefined).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(DataFormat)
  return String((error as DataFormat).message)
}
const seen = "\0seen:"

describe("Data.csvStream", () => {
  const schema = Schema.Struct({ g: Schema.String, y: Schema.NullOr(Schema.Number), big: Schema.Boolean })
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `g${i % 3},${i % 5 === 0 ? "" : i / 4},note ${i},${i % 2 === 0}`
  )
  const text = `g,y,note,big\n${lines.join("\r\n")}`

  test.each([
    ["plain", text],
    ["packed", gzipSync(text)]
  ])("gives the columns that Data.csv reads, in each pass, without its holes: %s", async (name, bytes) => {
    const path = await put(`${name}.csv`, bytes)
    const stream = await Effect.runPromise(Data.csvStream(path, schema, { shuffle: 7, seed: 3 }))
    const whole = await Effect.runPromise(Data.csv(path, schema))
    expect(stream).toMatchObject({ rows: lines.length, shuffle: 7, seed: 3, labels: { g: whole.g.labels } })
    for (const pass of [0, 1]) {
      const rows = await allOf(stream, pass)
      expect(Object.keys(rows).toSorted()).toEqual([`${seen}y`, "big", "g", "y"].toSorted())
      expect(rows["g"]).toEqual([...whole.g.values])
      expect(rows["big"]).toEqual([...whole.big.values])
      expect(rows[`${seen}y`]).toEqual([...whole.y.seen.values])
      // the first block begins with a hole, which gets the first number that comes
      expect(rows["y"]).toEqual([...whole.y.filled.values])
    }
    same<
      Equal<
        typeof stream extends RowStream<infer F> ? F : never,
        {
          readonly g: Dataset<readonly [], "category"> & { readonly labels: ReadonlyArray<string> }
          readonly y: MissingRows<readonly [], "real">
          readonly big: Dataset<readonly [], "boolean">
        }
      >
    >()
    const labels: { readonly g: ReadonlyArray<string> } = stream.labels
    expect(labels.g).toHaveLength(3)
  })

  test("names the line of a field that does not decode before any fit, and of a text that came later", async () => {
    const path = await put("bad.csv", `${text}\ng1,2,,maybe`)
    const open = Effect.runPromise(Data.csvStream(path, schema))
    expect(await words(open)).toMatch(/bad\.csv:20002: column 'big' holds the text 'maybe'/)
    const changing = await put("changing.csv", text)
    const stream = await Effect.runPromise(Data.csvStream(changing, schema))
    await put("changing.csv", text.replace("g2", "g9"))
    expect(await words(allOf(stream))).toMatch(
      /changing\.csv:4: column 'g' holds the text 'g9', but expected a text of the first/
    )
    expect(await words(Effect.runPromise(Data.csvStream(path, Schema.Struct({}))))).toContain("no columns")
  })

  test("closes the file when a pass is stopped in its middle", async () => {
    const path = await put("stopped.csv", text)
    const stream = await Effect.runPromise(Data.csvStream(path, schema))
    const isOpen = () => readdirSync("/proc/self/fd").length
    const before = isOpen()
    const blocks = blocksOf(stream, 0, "data.rows")
    await blocks.next()
    expect(isOpen()).toBe(before + 1)
    await blocks.close()
    expect(isOpen()).toBe(before)
  })
})

/** An array of floats as `numpy.save` writes it, in C order. */
const npyBytes = (shape: ReadonlyArray<number>, values: ReadonlyArray<number>, isFortran = false): Uint8Array => {
  const text = `{'descr': '<f4', 'fortran_order': ${isFortran ? "True" : "False"}, 'shape': (${shape.join(", ")},), }`
  const header = Buffer.from(text.padEnd(117).concat("\n"), "latin1")
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length % 256, header.length >> 8])
  return Buffer.concat([start, header, Buffer.from(Float32Array.from(values).buffer)])
}

describe("Data.npyStream and Data.npzStream", () => {
  const n = 50_000
  const xs = Array.from({ length: 3 * n }, (_, i) => i % 1000)
  const ys = Array.from({ length: n }, (_, i) => (i % 4 === 1 ? Number.NaN : i % 100))

  test("read files side by side, whose rows they know, with NaN as a hole", async () => {
    const paths = { x: await put("x.npy", npyBytes([n, 3], xs)), y: await put("y.npy.gz", gzipSync(npyBytes([n], ys))) }
    const stream = await Effect.runPromise(
      Data.npyStream({ x: { path: paths.x, event: [3] }, y: { path: paths.y, event: [], missing: true } })
    )
    expect(stream.rows).toBe(n)
    const rows = await allOf(stream)
    expect(rows["x"]).toEqual(xs)
    expect(rows["y"]).toEqual(ys.map((y) => (Number.isNaN(y) ? 0 : y)))
    expect(rows[`${seen}y`]).toEqual(ys.map((y) => (Number.isNaN(y) ? 0 : 1)))
    same<
      Equal<
        typeof stream extends RowStream<infer F> ? F : never,
        { readonly x: Dataset<readonly [3], "real">; readonly y: MissingRows<readonly [], "real"> }
      >
    >()
  })

  test("name the row of a number that cannot be, a file that is cut off, and arrays of unlike length", async () => {
    const [x, y] = [await put("x2.npy", npyBytes([n, 3], xs)), await put("y2.npy", npyBytes([n], ys))]
    const open = (arrays: Parameters<typeof Data.npyStream>[0]) => Effect.runPromise(Data.npyStream(arrays))
    expect(await words(open({ y: { path: y } }).then((stream) => allOf(stream)))).toContain(
      "data.rows.y: row 1 holds NaN, which does not lie in the support 'real'"
    )
    const short = await put("short.npy.gz", gzipSync(npyBytes([n, 3], xs).subarray(0, 4 * n)))
    expect(await words(open({ x: { path: short } }).then((stream) => allOf(stream)))).toContain(
      "short.npy.gz: truncated"
    )
    const fewer = await put("fewer.npy", npyBytes([3], [1, 2, 3]))
    expect(await words(open({ x: { path: x }, z: { path: fewer } }))).toContain(`3 rows, but 'x' has ${n}`)
    const turned = await put("turned.npy", npyBytes([2, 3], [1, 2, 3, 4, 5, 6], true))
    expect(await words(open({ x: { path: turned } }))).toContain("in Fortran order")
    expect(await words(open({}))).toContain("no array is named")
    expect(await words(open({ x: { path: x, event: [2] } }))).toContain("a row has [3], not [2]")
  })

  test.each(Object.entries(fixture.archives))(
    "read arrays of an archive, and notice a changed byte: %s",
    async (_, file) => {
      const bytes = Buffer.from(file, "base64")
      const path = await put("a.npz", bytes)
      const open = () =>
        Effect.runPromise(Data.npzStream(path, { x: { event: [4] }, y: { event: [], support: "boolean" } }))
      const stream = await open()
      const known = { x: Array.from({ length: 12 }, (_, i) => i), y: [1, 0, 1] }
      expect(await allOf(stream)).toEqual(known)
      expect(stream.rows).toBe(3)
      for (let at = 0; at < bytes.length; at += 29) {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 0x41
        await put("a.npz", changed)
        const read = await open()
          .then((stream) => allOf(stream))
          .catch((error: unknown) => error)
        if (!(read instanceof DataFormat)) expect(read).toEqual(known)
      }
    }
  )
})
