import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"

/**
 * Examples on MNIST, small: each trains, draws its pictures, and prints its figures beside their bars. Those of one small fit are run here; `npm run examples -- --quick` runs
 * all of them.
 */
const root = new URL("../../", import.meta.url).pathname
const out = mkdtempSync(join(tmpdir(), "latent-autoencoders-"))
const files = readdirSync(`${root}examples/autoencoders`)
const examples = files.flatMap((file) => {
  const text = readFileSync(`${root}examples/autoencoders/${file}`, "utf8")
  return text.includes("await example(") ? [{ name: file.replace(/\.ts$/, ""), text }] : []
})

const node = (args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: root, encoding: "utf8" })
  return { status, stdout, stderr }
}

describe("the examples on MNIST", () => {
  test("say their bars", () => {
    expect(examples.length).toBeGreaterThanOrEqual(19)
    for (const { text } of examples) expect(text).toMatch(/check\(/)
  })

  afterAll(() => rmSync(out, { recursive: true }))

  const small = examples.filter(({ name }) =>
    ["autoencoder", "belief-network", "vae-2d", "super-resolution"].includes(name)
  )

  test.each(small)("$name", ({ name, text }) => {
    const folder = join(out, name)
    const reports = name === "autoencoder"
    const flags = ["--quick", "--out", folder, ...(reports ? ["--report"] : [])]
    const { status, stdout, stderr } = node([`build/examples/autoencoders/${name}.js`, ...flags])
    expect(stderr).toBe("")
    const figures = [...stdout.matchAll(/^\S.* {2,}(-?[\d.e-]+|NaN) {2}at (?:least|most) -?[\d.e-]+$/gm)]
    expect(figures).not.toHaveLength(0)
    for (const [, found] of figures) expect(Number.isFinite(Number(found))).toBe(true)
    for (const [, picture] of text.matchAll(/picture\("([\w-]+)"/g))
      expect(statSync(join(folder, `${picture}.png`)).size).toBeGreaterThan(3000)
    if (reports) expect(readFileSync(join(folder, "report.html"), "utf8")).toContain(`<h1>${name}</h1>`)
    expect(status).toBe(0)
  })
})
