import { spawnSync } from "node:child_process"
import { createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { fileURLToPath } from "node:url"
import { createGzip } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { library } from "../support/built.ts"

const folder = mkdtempSync(join(tmpdir(), "latent-reading-"))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = fileURLToPath(new URL("read.mjs", import.meta.url))

const read = (path: string): { readonly result: unknown; readonly grown: number; readonly turns: number } => {
  const args = [script, join(library, "index.js"), path]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

const MB = 1 << 20

/** An IDX file whose header has this shape, followed by so many megabytes of zeros. */
const file = async (name: string, shape: ReadonlyArray<number>, megabytes: number): Promise<string> => {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  for (const [i, n] of shape.entries()) header.writeUInt32BE(n, 4 + 4 * i)
  const parts = function* () {
    yield header
    for (let i = 0; i < megabytes; i++) yield Buffer.alloc(MB)
  }
  const path = join(folder, name)
  if (name.endsWith(".gz")) await pipeline(parts, createGzip({ level: 1 }), createWriteStream(path))
  else await pipeline(parts, createWriteStream(path))
  return path
}

describe("a process that reads a file", () => {
  it("takes little memory for a small file of gzip that unpacks to much more than its header promises", async () => {
    const { result, grown } = read(await file("bomb.gz", [10, 28, 28], 512))
    expect(result).toContain("it goes on after the 7856 bytes that shape [10, 28, 28] needs")
    expect(grown).toBeLessThan(100 * MB)
  })

  it("takes little memory for a file whose header promises more than it holds", async () => {
    const promise = [1 << 20, 1 << 10]
    expect(read(await file("little.gz", promise, 1))).toMatchObject({
      result: expect.stringContaining("needs 1.1 GB, but the file unpacks to")
    })
    const { result, grown } = read(await file("little", promise, 1))
    expect(result).toContain("truncated: expected 1073741836 bytes")
    expect(grown).toBeLessThan(100 * MB)
  })

  it.each(["large", "large.gz"])("lets the rest of the program run while it reads a large file: %s", async (name) => {
    const { result, turns } = read(await file(name, [1 << 18, 32, 32], 256))
    expect(result).toEqual([1 << 18, 32, 32])
    expect(turns).toBeGreaterThanOrEqual(256 / 4)
  })
})

it("rows of a stream are never held all at once: a fit to 131 MB of them takes less than they do", () => {
  const args = [fileURLToPath(new URL("streaming.mjs", import.meta.url)), join(library, "index.js"), "2000000", "20"]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(status).toBe(0)
  const { grown, error } = JSON.parse(stdout)
  // some 75 MB were seen, and 170 MB where the same rows are held
  expect(grown).toBeLessThan(120e6)
  expect(error).toBeLessThan(0.1)
})
