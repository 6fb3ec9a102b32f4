import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Headers, isolation, policy, serve } from "../../examples/playground/server/serve.ts"
import type { Site } from "../../examples/playground/server/site.ts"
import { Engine } from "../../src/index.ts"
import { apart, type Trained, train } from "../engine/smallVae.ts"
import { bundle } from "./bundle.ts"
import { type Browser, startChromium } from "./chromium.ts"
import type { Page } from "./page/main.ts"

let browser: Browser | undefined
let site: Site
let inNode: Trained

beforeAll(async () => {
  browser = await startChromium()
  ;[site, inNode] = await Promise.all([bundle(), train(Engine.eagerOn("cpu"))])
})

afterAll(() => browser?.close())

interface Visit {
  readonly isolated: boolean
  readonly workers: number
  readonly trained: Trained
  readonly read: string
}

/** Opens the page and trains there on `Engine.auto`; fails with what the page complained of. */
const visit = async (site: Site, headers: Headers = {}): Promise<Visit> => {
  if (browser === undefined) throw new Error("no browser was started")
  const served = await serve(site, headers)
  const page = await browser.context.newPage()
  const complaints: Array<string> = []
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())))
  try {
    await page.goto(served.address)
    const seen = await page.evaluate(async () => {
      const { train, read, crossOriginIsolated } = globalThis as unknown as Page & Window
      return { isolated: crossOriginIsolated, trained: await train(), read: await read() }
    })
    return { ...seen, workers: page.workers().length }
  } catch (error) {
    throw new Error([`the page did not train: ${error}`, ...complaints].join("\n"))
  } finally {
    await page.close()
    await served.close()
  }
}

describe("a page in Chromium that trains a small VAE on Engine.auto", () => {
  it("runs on ONNX Runtime as WebAssembly with one thread, and agrees with Node", async () => {
    const { isolated, trained, workers } = await visit(site)
    expect(isolated).toBe(false)
    expect(trained.engine).toBe("onnx-web")
    expect(trained.because).toMatch(/^onnxruntime-web \d+\.\d+\.\d+ loads$/)
    expect(trained.detail).toBe("1 thread")
    expect(workers).toBe(0)
    expect(apart(trained, inNode)).toBeLessThan(1e-4)
  })

  it("takes the threads that a cross-origin isolated page may have, and agrees with Node", async () => {
    const { isolated, trained, workers } = await visit(site, isolation)
    expect(isolated).toBe(true)
    expect(trained.engine).toBe("onnx-web")
    expect(Number.parseInt(trained.detail, 10)).toBe(workers + 1)
    expect(apart(trained, inNode)).toBeLessThan(1e-4)
  })

  it("falls back to tfjs where the WebAssembly is not served, says why, and agrees with Node", async () => {
    const without = new Map([...site].filter(([path]) => !path.endsWith(".wasm")))
    const { trained } = await visit(without)
    expect(trained.engine).toMatch(/^eager/)
    expect(trained.because).toMatch(/^onnxruntime-web does not load: .*; tfjs .* runs everywhere$/)
    expect(apart(trained, inNode)).toBeLessThan(1e-4)
  })

  it.each([
    ["one thread", {}],
    ["threads", isolation]
  ])("works where a content security policy forbids to make code of strings, with %s", async (_, headers) => {
    const strict = policy("'self' 'wasm-unsafe-eval'")
    const { trained, workers, isolated } = await visit(site, { ...headers, ...strict })
    expect(trained.engine).toBe("onnx-web")
    expect(workers > 0).toBe(isolated)
    expect(apart(trained, inNode)).toBeLessThan(1e-4)
  })

  it("falls back to tfjs where the policy forbids WebAssembly too, says why, and agrees with Node", async () => {
    const { trained } = await visit(site, policy("'self'"))
    expect(trained.engine).toBe("eager (cpu)")
    expect(trained.because).toMatch(
      /^onnxruntime-web does not load: .*Content Security Policy.*; tfjs cpu runs everywhere$/
    )
    expect(apart(trained, inNode)).toBeLessThan(1e-4)
  })

  it("says that a file cannot be read there", async () => {
    expect((await visit(site)).read).toContain("a page has no node:fs/promises")
  })
})

describe("the bundle", () => {
  it("brings the WebAssembly with it, once", () => {
    expect([...site.keys()].filter((name) => name.endsWith(".wasm"))).toHaveLength(1)
  })
})
