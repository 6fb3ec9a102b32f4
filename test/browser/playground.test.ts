import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { centred } from "../../examples/playground/drawing/digit.ts"
import { pixelOf, pointAt } from "../../examples/playground/drawing/plane.ts"
import { vaeOf } from "../../examples/playground/models.ts"
import { headers, playground } from "../../examples/playground/server/playground.ts"
import { type Served, serve } from "../../examples/playground/server/serve.ts"
import { Data } from "../../src/index.ts"
import { type Browser, startChromium } from "./chromium.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Screenshots are kept here, for people to look at. */
const pictures = fileURLToPath(new URL("../../out/playground/", import.meta.url))

let browser: Browser | undefined
let served: Served | undefined
let page: Page
let folder = ""
/** what the console says, errors of the page, and requests after it was loaded */
const complaints: Array<string> = []
const requests: Array<string> = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-playground-"))
  const [mnist, started] = await Promise.all([
    Effect.runPromise(Data.mnist),
    startChromium(),
    mkdir(pictures, { recursive: true })
  ])
  browser = started
  const made = await vaeOf("continuousBernoulli").fitPromise(Data.take(mnist.train.images, 200), {
    epochs: 2,
    batchSize: 20,
    progress: false
  })
  await made.save(join(folder, "fit.safetensors"))
  const fit = new Uint8Array(await readFile(join(folder, "fit.safetensors")))
  served = await serve(await playground({ root, mnist, digits: 500, fit }), headers)
  page = await browser.context.newPage()
  page.setDefaultTimeout(100_000)
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("console", (message) => complaints.push(message.text()))
  await page.goto(served.address)
  await ready()
  // a program that is edited runs as a module that the page makes, of the scheme blob:
  page.on("request", (request) => void (request.url().startsWith("blob:") || requests.push(request.url())))
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await served?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Waits for a fit, whose words are in the status. */
const ready = async (): Promise<string> => {
  await page.locator("#status", { hasText: /^Ready/ }).waitFor()
  return (await page.textContent("#status")) ?? ""
}
const textOf = async (id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? ""
const pictureOf = (id: string): Promise<string> =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id)
    return canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : ""
  }, id)
/** Acts, and waits until a canvas shows something else. */
const changes = async (id: string, act: () => Promise<unknown>): Promise<void> => {
  const before = await pictureOf(id)
  await act()
  await expect.poll(() => pictureOf(id), { timeout: 30_000 }).not.toBe(before)
}

describe("the playground in Chromium", { timeout: 120_000 }, () => {
  it("begins with the fit that was made in Node, whatever its decoder", async () => {
    expect(await textOf("status")).toMatch(/^Ready\. ContinuousBernoulli decoder, loaded: trained for 2 epochs/)
    expect(await page.isChecked("input[value=continuousBernoulli]")).toBe(true)
  })

  it("shows the plan of the decoder that is chosen, by keyboard too", async () => {
    expect(await textOf("plan")).toContain("ContinuousBernoulli [784]")
    await page.focus("input[value=continuousBernoulli]")
    await page.keyboard.press("ArrowRight")
    await page.locator("#plan", { hasText: /Normal \[784\]/ }).waitFor()
    await page.check("input[value=bernoulli]")
    await page.locator("#plan", { hasText: "no bound on log p(x)" }).waitFor()
    expect(await page.isDisabled("#go-on")).toBe(true)
  })

  it("trains in its worker, where the loss falls, goes on, and stops", async () => {
    await page.fill("#digits", "300")
    await page.fill("#epochs", "4")
    await page.click("#train")
    // the page's own thread stays free
    const slowest = await page.evaluate(async () => {
      let [last, most] = [performance.now(), 0]
      for (let frame = 0; frame < 10; frame++) {
        await new Promise(requestAnimationFrame)
        const now = performance.now()
        ;[last, most] = [now, Math.max(most, now - last)]
      }
      return most
    })
    expect(slowest).toBeLessThan(1000)
    expect(await ready()).toMatch(/^Ready\. Bernoulli decoder, trained for 4 epochs in .* on onnx-web/)
    const losses = await page.locator("#loss circle title").allTextContents()
    const training = losses.filter((text) => text.startsWith("training")).map((text) => Number(text.split(": ")[1]))
    expect(training).toHaveLength(4)
    expect(training.at(-1)).toBeLessThan((training[0] ?? 0) - 100)
    expect(losses.filter((text) => text.startsWith("held-out")).length).toBeGreaterThan(0)
    expect(await page.locator("#parts svg").count()).toBe(2)

    await page.fill("#epochs", "500")
    await page.click("#go-on")
    await page.locator("#trained", { hasText: "of 500" }).waitFor()
    await page.click("#stop")
    expect(await page.locator("#status", { hasText: "stopped after" }).textContent()).toContain("Ready")
    expect(await page.locator("#loss circle, #loss path").count()).toBeGreaterThan(4)
  })

  it("says in words whether to trust the fit", async () => {
    await page.click("#diagnose")
    await page.locator("#diagnosis").waitFor()
    expect(await textOf("verdict")).toMatch(/^Verdict: (good|correctable|uncertain|poor|bad)$/)
    expect(await textOf("diagnosis")).toContain("log evidence")
  })

  it("decodes the point that is dragged, or moved by the arrow keys", async () => {
    const box = await page.locator("#plane").boundingBox()
    if (box === null) throw new Error("the plane is not shown")
    await page.locator("#plane").scrollIntoViewIfNeeded()
    await changes("decoded", async () => {
      await page.locator("#plane").hover({ position: { x: box.width / 2, y: box.height / 2 } })
      await page.mouse.down()
      await page.locator("#plane").hover({ position: { x: 0.8 * box.width, y: 0.3 * box.height } })
      await page.mouse.up()
    })
    const dragged = await textOf("where")
    expect(dragged).toMatch(/^z = \(\d/)
    await changes("decoded", async () => {
      await page.focus("#plane")
      await page.keyboard.press("Shift+ArrowLeft")
    })
    expect(await textOf("where")).not.toBe(dragged)
    await page.keyboard.press("Home")
    expect(await textOf("where")).toBe("z = (0.00, 0.00)")
  })

  it("encodes a digit that is drawn by hand", async () => {
    const pad = page.locator("#pad")
    await pad.scrollIntoViewIfNeeded()
    await changes("drawn", async () => {
      await pad.hover({ position: { x: 80, y: 30 } })
      await page.mouse.down()
      for (const y of [60, 100, 150]) await pad.hover({ position: { x: 80, y } })
      await page.mouse.up()
    })
    expect(await textOf("posterior")).toMatch(/^q\(z \| x\): −?\d.* ± \d.* and −?\d.* ± \d/)
    await changes("drawn", () => page.click("#sample"))
    await page.click("#clear")
    expect(await textOf("posterior")).toContain("your drawing")
  })

  it("goes from one digit to another by the slider", async () => {
    await page.focus("#share")
    await changes("between", () => page.keyboard.press("Home"))
    await changes("between", () => page.keyboard.press("End"))
    await changes("plane", () => page.click("#left"))
  })

  it("loads a file, and says what is wrong with another one", async () => {
    await page.setInputFiles("#load-file", {
      name: "no.safetensors",
      mimeType: "",
      buffer: Buffer.from("no fit at all")
    })
    await page.locator("#status.failed", { hasText: "no fit of one of the three models" }).waitFor()
    await page.setInputFiles("#load-file", join(folder, "fit.safetensors"))
    await page.locator("#status", { hasText: "Ready. ContinuousBernoulli decoder, loaded" }).waitFor()
  })

  it("marks the type errors of a program, and runs it when there are none", async () => {
    await page.click("#editing summary")
    const checked = page.locator("#checked")
    await checked.filter({ hasText: "Its types are right." }).waitFor()
    const right = await page.inputValue("#editor")
    expect(right).toContain('from "latent"')

    await page.fill("#editor", right.replace(/ {2}noise: LogNormal.*\n/, ""))
    await checked.filter({ hasText: "1 error" }).waitFor()
    expect(await textOf("problems")).toContain("guide is missing latent site 'noise'")
    expect(await page.locator("#marks mark").count()).toBe(1)
    expect(await page.isDisabled("#run")).toBe(true)
    await page.click("#problems button")
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("editor")

    await page.fill(
      "#editor",
      right.replace("epochs: 2000", "epochs: 20").replace(/await fitted.diagnose.*/, "fitted.stopped}`)")
    )
    await checked.filter({ hasText: "Its types are right." }).waitFor()
    await page.focus("#editor")
    await page.keyboard.press("Control+Enter")
    await page.locator("#output", { hasText: /slope.*\n(.*\n)*.*false/ }).waitFor()
    expect(await textOf("output")).toContain("reparameterized")
  })

  it.each(["light", "dark"] as const)("is %s, and fits a phone", async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width: 1100, height: 900 })
    await page.screenshot({ path: join(pictures, `${scheme}.png`), fullPage: true })
    await page.setViewportSize({ width: 390, height: 800 })
    await page.screenshot({ path: join(pictures, `${scheme}-phone.png`), fullPage: true })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })

  it("asked for nothing after it was loaded, and complained of nothing", () => {
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] })
  })
})

describe("the pieces of the playground", () => {
  it("put a pixel where its point is, and back", () => {
    const view = { size: 200, reach: 4 }
    expect(pixelOf([4, -4], view)).toEqual([200, 200])
    expect(pointAt(pixelOf([1.5, -2], view), view)).toEqual([1.5, -2])
    expect(pointAt([500, -10], view)).toEqual([4, 4])
  })

  it("centre a drawing by its mass, twenty pixels long", () => {
    const ink = new Float32Array(100 * 100)
    for (let row = 10; row < 50; row++) ink.fill(1, 100 * row + 70, 100 * row + 80)
    const image = centred(ink, 100)
    const rows = Array.from({ length: 28 }, (_, row) => image.subarray(28 * row, 28 * row + 28))
    const filled = rows.flatMap((row, i) => (row.some((value) => value > 0) ? [i] : []))
    expect([filled.at(0), filled.at(-1)]).toEqual([4, 23])
    const columns = [...(rows[14] ?? [])].flatMap((value, i) => (value > 0 ? [i] : []))
    expect([columns.at(0), columns.at(-1)]).toEqual([11, 16])
    expect(centred(new Float32Array(100), 10).every((value) => value === 0)).toBe(true)
  })
})
