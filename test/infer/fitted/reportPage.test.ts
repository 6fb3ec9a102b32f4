import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseHTML } from "linkedom"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { DataFormat } from "../../../src/Errors.ts"
import type { Progress } from "../../../src/infer/fit/progress.ts"
import { lineChart } from "../../../src/infer/fitted/lineChart.ts"
import { reportPage } from "../../../src/infer/fitted/reportPage.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import { cpu, failure, run } from "../harness.ts"

const centre = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(mul(0.5, x), param.positive("sd", 1)))
const data = Dataset.of([1, 2, 0.5], [])
const fit = (page: ReturnType<typeof reportPage>, name: string) =>
  run(centre.fit(data, { epochs: 4, batchSize: 2, seed: 1, validation: data, progress: page.fit({ name }) }), cpu)
const documentOf = (html: string) => parseHTML(html).document
const textOf = (html: string, selector: string): ReadonlyArray<string> =>
  [...documentOf(html).querySelectorAll(selector)].map((element) => element.textContent ?? "")

describe("a report", () => {
  test("has what its fits have told: plans, settings, losses with their parts", async () => {
    const page = reportPage("Two fits", { settings: { learningRate: 0.001 } })
    const fitted = await fit(page, "first")
    await fit(page, "second")
    const { fits, settings, seconds } = page.data()
    expect(settings).toEqual({ learningRate: 0.001 })
    expect(seconds).toBeGreaterThan(0)
    expect(fits.map(({ name }) => name)).toEqual(["first", "second"])
    const [first] = fits
    expect(first?.started.settings).toMatchObject({ rows: "3 of data", batchSize: 2, seed: 1, objective: "ELBO" })
    expect(first?.epochs.map(({ train, test, epoch }) => ({ train, test, epoch }))).toEqual(
      fitted.history.map(({ train, test, epoch }) => ({ train, test, epoch }))
    )
    for (const { train, terms } of first?.epochs ?? [])
      expect((terms?.["z"] ?? Number.NaN) + (terms?.["x"] ?? Number.NaN)).toBeCloseTo(train, 5)

    const html = page.html()
    expect(textOf(html, "h2")).toEqual(["Settings", "Fit 1: first", "Fit 2: second"])
    expect(textOf(html, "section div")).toContain(fitted.explain().objective)
    const charts = [
      "−ELBO in nats against epoch: −ELBO, training, validation",
      "z against epoch: z",
      "x against epoch: x"
    ]
    const drawn = [...documentOf(html).querySelectorAll("svg")].map((svg) => svg.getAttribute("aria-label"))
    expect(drawn).toEqual([...charts, ...charts])
    // two curves of four epochs, and two of one site each
    expect(documentOf(html).querySelectorAll("circle")).toHaveLength(2 * (2 * 4 + 4 + 4))
    const numbers = JSON.parse(documentOf(html).querySelector("#report")?.textContent ?? "")
    expect(numbers.fits[1].epochs[3].train).toBeCloseTo(page.data().fits[1]?.epochs[3]?.train ?? Number.NaN, 5)
  })

  test("names the engine that was taken after the first call", async () => {
    const page = reportPage("A long fit")
    const tell = page.fit()
    const taken = { engine: "fast", because: "it is faster", detail: "XLA" }
    const progress = (event: Progress<unknown>): void => {
      tell(event)
      if (event._tag === "Started") tell({ _tag: "Engine", ...taken })
    }
    await run(centre.fit(data, { epochs: 1, progress }), cpu)
    expect(page.data().fits[0]?.started).toMatchObject({ ...taken, epochs: 1 })
    expect(page.html()).toContain("fast (it is faster; XLA)")
  })

  test("shows figures beside their bars, pictures, tables and texts", async () => {
    const page = reportPage("Results")
    const fitted = await fit(page, "a fit")
    page.figure("accuracy", 0.98, { bar: ["at least", 0.95], unit: "of 1" })
    page.figure("loss", 120, { bar: ["at most", 106.5] })
    page.show("png", Uint8Array.of(137, 80, 78, 71))
    page.show("svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    page.show("trust", await run(fitted.diagnose(data, { draws: 200 }), cpu))
    page.show("words", "a < b")
    const html = page.html()
    expect(textOf(html, ".tiles .good")).toEqual(["0.980 of 1"])
    expect(textOf(html, ".tiles .bad")).toEqual(["120.00"])
    expect(textOf(html, ".tiles > div:last-child .soft").at(-1)).toBe("off: at most 106.50")
    const pictures = [...documentOf(html).querySelectorAll("img")].map((img) => [img.alt, img.src.split(",")] as const)
    expect(pictures.map(([alt, [type]]) => `${alt} ${type}`)).toEqual([
      "png data:image/png;base64",
      "svg data:image/svg+xml;base64",
      "trust data:image/svg+xml;base64"
    ])
    expect(Buffer.from(pictures[0]?.[1][1] ?? "", "base64")).toEqual(Buffer.of(137, 80, 78, 71))
    expect(textOf(html, "section pre")).toEqual(["a < b"])
    expect(textOf(html, "section th")).toContain("P(larger)")
  })

  test("lets nothing in: no address outside of the page, and no markup of the names in it", () => {
    const page = reportPage("</title><script>alert(1)</script>", { settings: { "</script>": "<b>" } })
    page.figure("<img src=x>", Number.POSITIVE_INFINITY)
    const html = page.html()
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`)
    expect(html).not.toMatch(/https?:/)
    const document = documentOf(html)
    expect(document.querySelectorAll("script")).toHaveLength(1)
    expect(document.querySelectorAll("img, b")).toHaveLength(0)
    expect(textOf(html, "title")).toEqual(["</title><script>alert(1)</script>"])
    expect(JSON.parse(textOf(html, "#report")[0] ?? "").figures[0].value).toBe("Infinity")
  })

  test("is written whole, or refused in words", async () => {
    const folder = await mkdtemp(join(tmpdir(), "latent-report-"))
    try {
      const page = reportPage("On disk")
      await run(page.write(join(folder, "report.html")), cpu)
      expect(textOf(await readFile(join(folder, "report.html"), "utf8"), "h1")).toEqual(["On disk"])
      expect(await failure(page.write(join(folder, "none", "report.html")))).toBeInstanceOf(DataFormat)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe("a chart", () => {
  const sizes = { x: "epoch", y: "loss", width: 400, height: 200 }
  const circles = (svg: string) =>
    [...documentOf(svg).querySelectorAll("circle")].map((each) => [
      Number(each.getAttribute("cx")),
      Number(each.getAttribute("cy"))
    ])
  /** The middle of each number beside its axis, by the number. */
  const labels = (svg: string, anchor: string) =>
    new Map(
      [...documentOf(svg).querySelectorAll(`text[text-anchor="${anchor}"]`)].map((each) => [
        each.textContent,
        Number(each.getAttribute(anchor === "middle" ? "x" : "y"))
      ])
    )

  test("puts points where the numbers of its axes are", () => {
    const points = [1, 2, 3, 4, 5].map((x) => [x, 100 - 10 * x] as const)
    const svg = lineChart({ ...sizes, curves: [{ name: "train", points }] })
    const [across, up] = [labels(svg, "middle"), labels(svg, "end")]
    for (const [i, [x, y]] of points.entries()) {
      expect(circles(svg)[i]?.[0]).toBe(across.get(String(x)))
      expect(circles(svg)[i]?.[1]).toBeCloseTo((up.get(String(y)) ?? Number.NaN) - 4, 5)
    }
  })

  test("of one point has it in the middle, and leaves out what is no number", () => {
    const svg = lineChart({
      ...sizes,
      curves: [
        {
          name: "train",
          points: [
            [1, 310.7],
            [2, Number.NaN]
          ]
        }
      ]
    })
    expect(circles(svg)).toHaveLength(1)
    expect(labels(svg, "middle").has("1")).toBe(true)
    expect(svg).not.toContain("NaN")
  })

  test("of a long curve lets its high beginning leave the frame", () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i + 1, i < 20 ? 1e6 : 50 + (i % 7)] as const)
    const svg = lineChart({ ...sizes, curves: [{ name: "train", points }] })
    const numbers = [...labels(svg, "end").keys()].map(Number).filter(Number.isFinite)
    expect(Math.max(...numbers)).toBeLessThan(70)
  })
})
