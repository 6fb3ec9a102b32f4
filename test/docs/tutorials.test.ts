import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, test, vi } from "vitest"

/** The code of the tutorials, and of docs/posterior.md, docs/trust.md, docs/mcmc.md and docs/deploy.md: each page's blocks are one module, which compiles and runs, and `expression // => value` holds. */
const root = new URL("../../", import.meta.url).pathname
const folder = join(root, "build", "tutorials")
const tutorials = readdirSync(join(root, "docs/tutorials")).filter((name) => name.endsWith(".md"))
const paths = new Map([
  ...tutorials.map((name) => [name, join(root, "docs/tutorials", name)] as const),
  ...["posterior.md", "trust.md", "mcmc.md", "deploy.md"].map((name) => [name, join(root, "docs", name)] as const)
])
const pages = [...paths.keys()]

const moduleOf = (page: string): string => {
  const blocks = [...readFileSync(paths.get(page) ?? page, "utf8").matchAll(/```ts\n([\s\S]*?)```/g)]
  const code = blocks
    .map(([, block = ""]) => block)
    .join("\n")
    .replaceAll('from "latent"', 'from "../../src/index.ts"')
    .replaceAll(/^(\S.*) \/\/ => (.*)$/gm, "results.push([$1, $2])")
  return `export const results: Array<readonly [unknown, unknown]> = []\n${code}`
}

describe("the tutorials", () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const page of pages) writeFileSync(join(folder, page.replace(".md", ".ts")), moduleOf(page))
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"] }))
  })

  test("compile", () => {
    const compiler = join(root, "node_modules/typescript-7/bin/tsc")
    expect(spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" }).stdout).toBe("")
  })

  test.each(pages)("%s runs, and says what comes out", async (page) => {
    vi.spyOn(console, "log").mockImplementation(() => {})
    const { results }: { readonly results: ReadonlyArray<readonly [unknown, unknown]> } = await import(
      /* @vite-ignore */ join(folder, page.replace(".md", ".ts"))
    )
    expect(results.length).toBeGreaterThan(0)
    for (const [actual, wanted] of results) expect(actual).toBe(wanted)
  })
})
