import { spawnSync } from "node:child_process"
import { mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import { parseIdx, readIdx } from "../../src/data/idx.ts"
import { DataFormat } from "../../src/Errors.ts"

const types = {
  uint8: { code: 8, width: 1, put: (v: DataView, at: number, x: number) => v.setUint8(at, x) },
  int8: { code: 9, width: 1, put: (v: DataView, at: number, x: number) => v.setInt8(at, x) },
  int16: { code: 11, width: 2, put: (v: DataView, at: number, x: number) => v.setInt16(at, x) },
  int32: { code: 12, width: 4, put: (v: DataView, at: number, x: number) => v.setInt32(at, x) },
  float32: { code: 13, width: 4, put: (v: DataView, at: number, x: number) => v.setFloat32(at, x) },
  float64: { code: 14, width: 8, put: (v: DataView, at: number, x: number) => v.setFloat64(at, x) }
}
type Type = keyof typeof types

const write = (type: Type, shape: ReadonlyArray<number>, values: ArrayLike<number>): Uint8Array => {
  const { code, width, put } = types[type]
  const start = 4 + 4 * shape.length
  const bytes = new Uint8Array(start + width * values.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, code, shape.length])
  for (const [i, n] of shape.entries()) view.setUint32(4 + 4 * i, n)
  for (const [i, x] of Array.from(values).entries()) put(view, start + width * i, x)
  return bytes
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
const arrays = {
  uint8: fc.uint8Array,
  int8: fc.int8Array,
  int16: fc.int16Array,
  int32: fc.int32Array,
  float32: fc.float32Array,
  float64: fc.float64Array
}
const names: ReadonlyArray<Type> = ["uint8", "int8", "int16", "int32", "float32", "float64"]

describe("parseIdx", () => {
  test.each(names)("reads %s arrays of any shape, wherever they lie in memory", (type) => {
    const cases = shapes.chain((shape) => {
      const length = shape.reduce((n, d) => n * d, 1)
      return fc.tuple(fc.constant(shape), arrays[type]({ minLength: length, maxLength: length }), fc.nat({ max: 7 }))
    })
    fc.assert(
      fc.property(cases, ([shape, values, offset]) => {
        const bytes = write(type, shape, values)
        const moved = new Uint8Array(bytes.length + offset)
        moved.set(bytes, offset)
        expect(parseIdx(moved.subarray(offset), "memory")).toEqual({ shape, dtype: type, values })
      })
    )
  })

  const whole = write("int16", [2, 3], [1, 2, 3, 4, 5, 6])

  test("refuses a file cut anywhere", () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
        expect(() => parseIdx(whole.subarray(0, length), "cut.idx")).toThrow(/^cut\.idx: truncated: expected/)
      })
    )
  })

  test.each([
    ["an empty file", new Uint8Array(0), "expected a magic number of 4 bytes, got 0"],
    ["another magic number", new TextEncoder().encode("PNG file"), "wrong magic number 50 4e 47 20"],
    ["an unknown element type", Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 1, 5), "wrong magic number 00 00 0a 01"],
    ["an array of rank 0", Uint8Array.of(0, 0, 8, 0, 5), "the array has no dimensions"],
    ["half a header", Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1), "expected a header of 16 bytes, got 8"],
    ["a dimension of 0", write("uint8", [3, 0], []), "a dimension of [3, 0] is 0"],
    ["too few numbers", whole.subarray(0, 20), "expected 24 bytes for shape [2, 3], got 20"],
    ["absurd dimensions", write("float64", [4294967295, 4294967295], []), "truncated: expected"],
    ["bytes at the end", Uint8Array.of(...whole, 0, 0), "2 trailing bytes after the 24 that shape [2, 3] needs"],
    ["compressed bytes", gzipSync(whole), "the bytes are still compressed"]
  ])("refuses %s", (_, bytes, message) => {
    const parse = () => parseIdx(bytes, "bad.idx")
    expect(parse).toThrow(DataFormat)
    expect(parse).toThrow(message)
    expect(parse).toThrow("bad.idx: ")
  })
})

describe("reading IDX files", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latent-idx-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const saved = async (name: string, bytes: Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), bytes)
    return join(folder, name)
  }
  const images = write("uint8", [2, 2, 3], [0, 51, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9])

  test("gives images in [0, 1] that keep their dimensions, and flattens them on demand", async () => {
    const data = await Effect.runPromise(Data.idx(await saved("images", images)))
    expect(data).toMatchObject({ event: [2, 3], size: 2, shape: [2, 2, 3], support: "unitInterval", scale: 1 / 255 })
    expect(Data.flatten(data).shape).toEqual([2, 6])
  })

  test("unpacks gzip by itself", async () => {
    const plain = await Effect.runPromise(readIdx(await saved("images", images)))
    const packed = await Effect.runPromise(readIdx(await saved("images.gz", gzipSync(images))))
    expect(packed).toEqual(plain)
  })

  test("gives labels as bytes", async () => {
    const path = await saved("labels", write("uint8", [3], [7, 0, 9]))
    expect(await Effect.runPromise(Data.labels(path))).toEqual(Uint8Array.of(7, 0, 9))
  })

  test("says so when labels are read as images, or images as labels", async () => {
    const labels = await saved("labels", write("uint8", [3], [7, 0, 9]))
    const wrong = await Effect.runPromise(Effect.flip(Data.idx(labels)))
    expect(wrong.message).toContain("got uint8 of shape [3]. Data.labels reads lists of labels.")
    const other = await Effect.runPromise(Effect.flip(Data.labels(await saved("images", images))))
    expect(other.message).toContain("expected labels (uint8, one dimension), got uint8 of shape [2, 2, 3]")
  })

  const refused = async (path: string): Promise<string> => {
    const error = await Effect.runPromise(Effect.flip(readIdx(path)))
    expect(error).toBeInstanceOf(DataFormat)
    return error.message
  }

  test.each(names)("reads %s files as it parses their bytes, compressed or not", async (type) => {
    const bytes = write(type, [7, 3], [...Array(21).keys()])
    const parsed = parseIdx(bytes, "memory")
    expect(await Effect.runPromise(readIdx(await saved("plain", bytes)))).toEqual(parsed)
    expect(await Effect.runPromise(readIdx(await saved("packed", gzipSync(bytes))))).toEqual(parsed)
  })

  test("leaves the bytes that it parses as they are", () => {
    const bytes = Buffer.from(write("int32", [2], [1, 2]))
    const before = Buffer.from(bytes)
    parseIdx(bytes, "memory")
    expect(bytes.equals(before)).toBe(true)
  })

  test("follows a link to a file", async () => {
    const link = join(folder, "link")
    await symlink(await saved("images", images), link)
    expect(await Effect.runPromise(readIdx(link))).toMatchObject({ shape: [2, 2, 3] })
  })

  test("refuses a pipe, which would never end", async () => {
    const pipe = join(folder, "pipe")
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0)
    expect(await refused(pipe)).toContain(`${pipe}: this is a pipe, not a regular file`)
  })

  test.each([
    ["/dev/zero", "a device"],
    ["/dev/null", "a device"],
    ["/", "a folder"]
  ])("refuses %s, which is %s", async (path, kind) => {
    expect(await refused(path)).toContain(`${path}: this is ${kind}, not a regular file`)
  })

  const claim = (shape: ReadonlyArray<number>, type: Type = "uint8"): Uint8Array => write(type, shape, [1, 2, 3])
  const quintillion = [2 ** 30, 2 ** 30]

  test.each([
    [
      "2^60 rows",
      claim(quintillion),
      "truncated: expected 1152921504606847000 bytes for shape [1073741824, 1073741824]"
    ],
    ["255 dimensions", claim(Array(255).fill(2 ** 32 - 1)), "truncated: expected Infinity bytes for shape"],
    [
      "2^60 rows, compressed",
      gzipSync(claim(quintillion)),
      "shape [1073741824, 1073741824] needs 1.2 EB, but the file unpacks to"
    ],
    [
      "255 dimensions, compressed",
      gzipSync(claim(Array(255).fill(2 ** 32 - 1))),
      "needs more than 1000 EB, but the file unpacks to"
    ],
    ["fewer rows than follow, compressed", gzipSync(claim([2])), "it goes on after the 10 bytes that shape [2] needs"],
    ["more rows than follow, compressed", gzipSync(claim([5])), "truncated: expected 13 bytes for shape [5], got 11"],
    ["no header, compressed", gzipSync(Uint8Array.of(0, 0)), "truncated: expected a magic number of 4 bytes, got 2"],
    [
      "half a header, compressed",
      gzipSync(Uint8Array.of(0, 0, 8, 9, 1)),
      "truncated: expected a header of 40 bytes, got 5"
    ],
    ["nothing", new Uint8Array(), "truncated: expected a magic number of 4 bytes, got 0"]
  ])("refuses a file whose header promises %s", async (_, bytes, message) => {
    expect(await refused(await saved("claim", bytes))).toContain(message)
  })

  test("refuses a file that needs more memory than there is, before it takes any", async () => {
    const rows = 2 ** 31
    const path = await saved("sparse", write("float64", [rows, 100], []))
    await truncate(path, 12 + 8 * rows * 100) // a sparse file: it takes no room on the disk
    expect(await refused(path)).toMatch(/shape \[2147483648, 100\] needs 1\.7 TB, but there are [\d.]+ GB of memory/)
  })

  test("stops when it is interrupted", async () => {
    const path = await saved("large", gzipSync(Buffer.concat([write("uint8", [1 << 24], []), Buffer.alloc(1 << 24)])))
    const exit = await Effect.runPromiseExit(readIdx(path), { signal: AbortSignal.timeout(1) })
    expect(exit._tag).toBe("Failure")
  })

  test("fails with DataFormat where there is no file, or a broken archive", async () => {
    const missing = await Effect.runPromise(Effect.flip(readIdx(join(folder, "nothing"))))
    expect(missing).toBeInstanceOf(DataFormat)
    expect(missing.message).toContain("cannot be read: ENOENT")
    const cut = await saved("cut.gz", gzipSync(images).subarray(0, 20))
    const broken = await Effect.runPromise(Effect.flip(readIdx(cut)))
    expect(broken.message).toContain("cannot be read: unexpected end of file")
  })
})
