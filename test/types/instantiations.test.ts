import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"
import { library } from "../support/built.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "latent-types-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** How many types the compiler instantiates to check a program against the library's declarations, as a user's compiler does. */
const instantiations = (name: string, lines: ReadonlyArray<string>): number => {
  const names = "collect, HalfNormal, LogNormal, Normal, observe, param, plate, program, sample, type Tensor"
  const file = join(folder, `${name}.mts`)
  const used = "export const used = [collect, HalfNormal, LogNormal, Normal, observe, param, plate, program, sample]"
  const source = [
    `import { ${names} } from ${JSON.stringify(join(library, "index.js"))}`,
    "export type Scalar = Tensor<readonly []>",
    used,
    ...lines
  ]
  writeFileSync(file, source.join("\n"))
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        typeRoots: [join(root, "node_modules/@types")],
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false
      },
      include: [file],
      exclude: []
    })
  )
  const compiler = join(root, "node_modules/typescript-7/bin/tsc")
  const said = execFileSync(
    process.execPath,
    [compiler, "-p", join(folder, `${name}.json`), "--extendedDiagnostics", "--singleThreaded"],
    { encoding: "utf8" }
  )
  return Number(/Instantiations:\s+(\d+)/.exec(said)?.[1] ?? Number.NaN)
}

/** 100 latent sites: 80 outside of plates, ten in each of two plates; and a guide for all of them. */
const sites = (n: number, line: (i: number) => string): ReadonlyArray<string> =>
  Array.from({ length: n }, (_, i) => line(i))
const hundred = [
  "export const many = program(function* () {",
  ...sites(40, (i) => `  const a${i} = yield* sample("a${i}", Normal(0, 1))`),
  ...sites(40, (i) => `  const s${i} = yield* sample("s${i}", HalfNormal(1))`),
  '  yield* plate("rows", function* (row: { readonly x: Scalar }) {',
  ...sites(10, (i) => `    yield* sample("z${i}", Normal(a${i}, s${i}))`),
  '    yield* observe("y", Normal(row.x, 1))',
  "  })",
  '  yield* plate("others", function* (row: { readonly x: Scalar }) {',
  ...sites(10, (i) => `    yield* sample("w${i}", Normal(row.x, s${i}))`),
  "  })",
  "}).guide(() => ({",
  ...sites(40, (i) => `  a${i}: Normal(param("a${i}.loc", 0), param.positive("a${i}.scale", 1)),`),
  ...sites(40, (i) => `  s${i}: LogNormal(param("s${i}.loc", 0), param.positive("s${i}.scale", 1)),`),
  "  rows: (row) => ({",
  ...sites(10, (i) => `    z${i}: Normal(row.x, 1),`),
  "  }),",
  "  others: () => ({",
  ...sites(10, (i) => `    w${i}: Normal(param.row("w${i}", 0), 1),`),
  "  })",
  "}))"
]

test("a program of 100 sites with its guide takes fewer than 100,000 instantiations more than the library alone", () => {
  const added = instantiations("hundred", hundred) - instantiations("library", [])
  expect(added).toBeGreaterThan(1000)
  expect(added).toBeLessThan(100_000)
})
