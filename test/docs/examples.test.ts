import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { beforeAll, describe, expect, it } from "vitest"

/** Examples of docstrings: they compile, they run, and `expression // => value` holds. */
const root = new URL("../../", import.meta.url).pathname
const folder = join(root, "build", "docstring-examples")

interface Example {
  readonly name: string
  readonly code: string
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts")
)
const examples: ReadonlyArray<Example> = sources.flatMap((path) =>
  [...readFileSync(join(root, "src", path), "utf8").matchAll(/@example\s*\n([\s\S]*?)```ts\n([\s\S]*?)```/g)].map(
    (match, i) => ({
      name: `${path.replaceAll(/[/\\]/g, "-").replace(/\.ts$/, "")}-${i + 1}`,
      code: (match[2] ?? "").replaceAll(/^\s*\* ?/gm, "")
    })
  )
)

const textOf = (path: string): string => readFileSync(join(root, "src", path), "utf8")
const index = textOf("index.ts")
/** the doors of folders of which all names are exported */
const doors = [...index.matchAll(/export \* from "\.\/([^"]+)"/g)].map(([, path = ""]) => textOf(path))
const names = [index, ...doors]
  .flatMap((text) => [...text.matchAll(/export (?:\{([^}]*)\}|type \{[^}]*\}) from/g)])
  .flatMap((match) => (match[1] ?? "").split(",").map((name) => name.trim()))
const values = names.filter((name) => name !== "" && !name.startsWith("type "))

const moduleOf = ({ code }: Example): string => {
  const checked = code.replaceAll(/^(\S.*) \/\/ => (.*)$/gm, "results.push([$1, $2])")
  return `import * as tf from "@tensorflow/tfjs"
import { Effect, pipe, Schema } from "effect"
import { ${values.join(", ")} } from "../../src/index.ts"
import type { Missing } from "../../src/index.ts"
export type Types = Missing<Tensor>
export const used: unknown = { tf, Effect, pipe, Schema, ${values.join(", ")} }
export const results: Array<readonly [unknown, unknown]> = []
${checked}`
}

const plain = (value: unknown): unknown =>
  value instanceof tf.Tensor
    ? value.arraySync()
    : value instanceof Float32Array || value instanceof Uint8Array
      ? [...value]
      : value

describe("the examples of the docstrings", () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const example of examples) writeFileSync(join(folder, `${example.name}.ts`), moduleOf(example))
    const tsconfig = { extends: "../../tsconfig.json", include: ["*.ts"] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig))
  })

  it("are there", () => {
    expect(examples.length).toBeGreaterThanOrEqual(12)
  })

  it("compile", () => {
    const compiler = join(root, "node_modules/typescript-7/bin/tsc")
    expect(spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" }).stdout).toBe("")
  })

  it.each(examples.map(({ name }) => name))("hold: %s", async (name) => {
    const { results }: { readonly results: ReadonlyArray<readonly [unknown, unknown]> } = await import(
      /* @vite-ignore */ join(folder, `${name}.ts`)
    )
    for (const [actual, wanted] of results) {
      if (wanted === undefined) expect(actual).toBeUndefined()
      else
        expect([plain(actual)].flat()).toEqual(
          [wanted].flat().map((x) => (typeof x === "string" ? x : expect.closeTo(Number(x), 5)))
        )
    }
  })
})
