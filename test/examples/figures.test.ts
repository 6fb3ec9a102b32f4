import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decode } from "fast-png"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import * as figures from "../../examples/figures.ts"
import { surface } from "../../examples/surface.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-figures-"))
})
afterAll(() => rm(folder, { recursive: true }))

interface Drawn {
  readonly width: number
  readonly height: number
  /** how many different colours there are, and where the pixels that are not white lie, in parts of the picture */
  readonly colours: number
  readonly inked: (left: number, top: number, right: number, bottom: number) => number
}

const draw = async (figure: (path: string) => Promise<void>): Promise<Drawn> => {
  const path = join(folder, "figure.png")
  await figure(path)
  const { width, height, data, channels } = decode(await readFile(path))
  const at = (x: number, y: number): string =>
    data.subarray((y * width + x) * channels, (y * width + x) * channels + 3).join()
  const seen = new Set<string>()
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) seen.add(at(x, y))
  const inked = (left: number, top: number, right: number, bottom: number): number => {
    let count = 0
    for (let y = Math.floor(top * height); y < bottom * height; y++) {
      for (let x = Math.floor(left * width); x < right * width; x++) if (at(x, y) !== "255,255,255") count++
    }
    return count
  }
  return { width, height, colours: seen.size, inked }
}

/** n images, dark in their upper half only. */
const halves = (n: number): Float32Array => Float32Array.from({ length: n * 784 }, (_, i) => (i % 784 < 392 ? 1 : 0))

describe("figures", () => {
  test("show digits the right way up, four pixels a pixel, under a title", async () => {
    const images = halves(6)
    const titled = await draw((path) => figures.digits(path, { images, columns: 3, title: "six" }))
    expect([titled.width, titled.height]).toEqual([2 * (3 * 64 - 8 + 32), 2 * (2 * 64 - 8 + 30 + 32)])
    expect(titled.inked(0, 0, 1, 92 / titled.height)).toBeGreaterThan(50)
    const first = [32 / titled.width, 32 / titled.width + 112 / titled.width] as const
    expect(titled.inked(first[0], 92 / titled.height, first[1], 148 / titled.height)).toBe(112 * 56)
    expect(titled.inked(first[0], 148 / titled.height, first[1], 204 / titled.height)).toBe(0)
  })

  test("show originals above reconstructions, with labels at their left", async () => {
    const drawn = await draw((path) =>
      figures.reconstructions(path, { originals: halves(5), reconstructed: halves(5), title: "five" })
    )
    const longest = 7.5 * "reconstruction".length
    expect(drawn.width).toBe(2 * (longest + 10 + 5 * 64 - 8 + 32))
    const labels = 230 / drawn.width
    expect(drawn.inked(0, 0.3, labels, 0.65)).toBeGreaterThan(100)
    expect(drawn.inked(0, 0.65, labels, 1)).toBeGreaterThan(100)
  })

  test("show a loss curve with axes and a legend for train and test", async () => {
    const epochs = [1, 2, 3].map((epoch) => ({ epoch, train: 165 / epoch, test: 127 / epoch }))
    const both = await draw((path) => figures.lossCurve(path, epochs))
    const alone = await draw((path) =>
      figures.lossCurve(
        path,
        epochs.map(({ epoch, train }) => ({ epoch, train }))
      )
    )
    expect(both.height).toBe(2 * (380 + 32))
    expect(both.colours).toBeGreaterThan(50)
    expect(both.inked(0.88, 0, 1, 1)).toBeGreaterThan(alone.inked(0.88, 0, 1, 1))
    expect(both.inked(0, 0, 0.05, 1)).toBeGreaterThan(100)
    expect(both.inked(0, 0.9, 1, 1)).toBeGreaterThan(50)
  })

  test("show latent points in ten colours with a legend", async () => {
    const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 10)
    const points = Float32Array.from({ length: 400 }, (_, i) => 3 * Math.sin(i * i))
    const drawn = await draw((path) => figures.latentScatter(path, { points, labels, title: "codes" }))
    expect([drawn.width, drawn.height]).toEqual([2 * (600 + 16 + 32 + 32), 2 * (612 + 30 + 32)])
    expect(drawn.colours).toBeGreaterThan(100)
    expect(drawn.inked(0.91, 0.05, 1, 0.45)).toBeGreaterThan(10 * 300)
  })

  test("show digits over a latent square with an axis at two sides", async () => {
    const drawn = await draw((path) => figures.latentGrid(path, { images: halves(16), columns: 4, range: 2 }))
    const side = 4 * 56
    expect([drawn.width, drawn.height]).toEqual([2 * (side + 60 + 32), 2 * (side + 72 + 32)])
    expect(drawn.inked(0, 0, 0.15, 1)).toBeGreaterThan(50)
    expect(drawn.inked(0, 0.87, 1, 1)).toBeGreaterThan(50)
    expect(drawn.inked(0.2, 0.1, 0.95, 0.85)).toBeGreaterThan(8 * 100 * 50)
  })

  test("put the latent points of the grid in reading order, the largest second coordinate on top", () => {
    expect(Array.from(figures.latentGridPoints(2, 3))).toEqual([-3, 3, 3, 3, -3, -3, 3, -3])
    expect(Array.from(figures.latentGridPoints(3, 1).subarray(0, 8))).toEqual([-1, 1, 0, 1, 1, 1, -1, 0])
    expect(Array.from(figures.latentGridPoints(1, 3))).toEqual([0, 0])
  })

  test("show a band around a curve, where it is wide and where it is narrow", async () => {
    const curve = Array.from({ length: 41 }, (_, i) => ({
      x: i,
      low: i < 20 ? -10 : -1,
      middle: 0,
      high: i < 20 ? 10 : 1
    }))
    const of = (points: ReadonlyArray<{ readonly x: number; readonly y: number }>) =>
      draw((path) => figures.band(path, { curve, points, title: "band" }))
    const [drawn, dotted] = [await of([]), await of([{ x: 30, y: 8 }])]
    const [left, right] = [drawn.inked(0.15, 0.3, 0.45, 0.45), drawn.inked(0.6, 0.3, 0.9, 0.45)]
    expect(left).toBeGreaterThan(5 * right)
    expect(dotted.inked(0.6, 0.1, 0.9, 0.45)).toBeGreaterThan(drawn.inked(0.6, 0.1, 0.9, 0.45))
  })

  test("show a surface white at its best and grey where it is lower, with the paths that lead there", async () => {
    const of = (points: ReadonlyArray<{ readonly x: number; readonly y: number }>) =>
      draw((path) =>
        surface(path, {
          // a plain in the middle, of half the height and width
          below: (x, y) => (Math.abs(Math.log10(x) - 1) < 0.5 && Math.abs(y) < 1 ? 0 : 5),
          best: { x: 10, y: 0 },
          x: { label: "x", from: 1, to: 100, log: true },
          y: { label: "y", from: -2, to: 2 },
          paths: [{ name: "path", points }],
          title: "surface"
        })
      )
    const bare = await of([])
    const edge = await of([
      { x: 6, y: 0.5 },
      { x: 6, y: 0.9 }
    ])
    const plain = [0.34, 0.34, 0.45, 0.45] as const
    expect(bare.inked(...plain)).toBe(0)
    expect(edge.inked(...plain)).toBeGreaterThan(20)
    const corner = bare.inked(0.14, 0.15, 0.2, 0.25) / (0.06 * bare.width * 0.1 * bare.height)
    expect(corner).toBeGreaterThan(0.95)
  })

  test("show numbers of a lane on a logarithmic axis, the larger one to the right", async () => {
    const of = (x: number) =>
      draw((path) =>
        figures.lanes(path, {
          points: [
            { lane: "lane", name: "a", x: 1 },
            { lane: "lane", name: "a", x: 100 },
            { lane: "lane", name: "b", x }
          ],
          x: "x",
          title: "lanes"
        })
      )
    const [left, right] = [await of(2), await of(50)]
    expect(right.inked(0.72, 0.2, 0.8, 0.7)).toBeGreaterThan(left.inked(0.72, 0.2, 0.8, 0.7) + 100)
  })
})
