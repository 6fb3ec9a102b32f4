import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Data, Engine, model, mul, Normal, reportPage } from "../../src/index.ts"
import { type Browser, startChromium } from "./chromium.ts"

/** A report as Chromium opens it from the disk. */
let browser: Browser | undefined
let folder = ""
let address = ""
beforeAll(async () => {
  const page = reportPage("From the disk")
  const centre = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(mul(0.5, x), 0.7))
  const data = Data.of([1, 2], [])
  const fitted = await centre.fitPromise(data, { epochs: 3, progress: page.fit(), engine: Engine.eagerOn("cpu") })
  page.show("Whether to trust it", await fitted.diagnose(data, { draws: 100 }))
  folder = await mkdtemp(join(tmpdir(), "latent-report-"))
  address = pathToFileURL(join(folder, "report.html")).href
  await Effect.runPromise(page.write(join(folder, "report.html")))
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

describe("a report in Chromium", () => {
  it.each(["light", "dark"] as const)(
    "is %s, draws its curves and pictures, and asks for nothing else",
    async (scheme) => {
      if (browser === undefined) throw new Error("no browser was started")
      const page = await browser.context.newPage()
      await page.emulateMedia({ colorScheme: scheme })
      const seen: Array<string> = []
      page.on("pageerror", (error) => seen.push(String(error)))
      page.on("console", (message) => seen.push(message.text()))
      page.on("request", (request) => void (request.url().startsWith("data:") || seen.push(request.url())))
      await page.goto(address)
      const found = await page.evaluate(() => ({
        back: getComputedStyle(document.body).backgroundColor,
        stroke: getComputedStyle(document.querySelector("svg path") ?? document.body).stroke,
        pictures: [...document.querySelectorAll("img")].map(({ naturalWidth }) => naturalWidth > 100),
        wide: document.documentElement.scrollWidth <= innerWidth
      }))
      await page.close()
      expect(seen).toEqual([address])
      const [back, stroke] =
        scheme === "dark" ? ["rgb(21, 24, 28)", "rgb(127, 171, 247)"] : ["rgb(251, 251, 250)", "rgb(47, 102, 196)"]
      expect(found).toEqual({ back, stroke, pictures: [true], wide: true })
    }
  )
})
