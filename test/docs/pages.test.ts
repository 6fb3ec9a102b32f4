import { existsSync, readdirSync, readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { layers } from "../../src/engine/layers.ts"
import { nativeIsSetUp } from "../engine/engines.ts"
import { useCpu } from "../support/onCpu.ts"
import { docblockOf } from "./pages/docblock.ts"
import { entries, factsOf } from "./pages/facts.ts"
import { figure } from "./pages/figure.ts"
import { insert, overview, page } from "./pages/page.ts"

/** The pages of docs/distributions and the table of FEATURES.md are what the code says; `-u` writes them anew. */

useCpu()
beforeAll(async () => {
  await Effect.runPromise(prepare("wasm"))
  if (nativeIsSetUp)
    await Effect.runPromise(Effect.scoped(Effect.asVoid(Effect.provide(Effect.void, layers.tensorflow))))
})

const root = new URL("../../", import.meta.url)
const pathOf = (path: string): string => new URL(path, root).pathname

describe("the pages of the distributions", () => {
  it.each(entries)("%s", async (name, entry) => {
    const source = readFileSync(pathOf(`src/dist/${name}.ts`), "utf8")
    await expect(page(factsOf(name, entry), docblockOf(source, name))).toMatchFileSnapshot(
      pathOf(`docs/distributions/${name}.md`)
    )
    if (factsOf(name, entry).draws) {
      const drawn = tf.tidy(() => figure(entry.example()))
      await expect(drawn).toMatchFileSnapshot(pathOf(`docs/distributions/${name}.svg`))
    }
  })

  it("are of families that there are", () => {
    const folder = pathOf("docs/distributions")
    const pages = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.\w+$/, "")) : []
    expect(entries.map(([name]) => name)).toEqual(expect.arrayContaining(pages))
  })

  it("are what FEATURES.md lists", async () => {
    const features = readFileSync(pathOf("FEATURES.md"), "utf8")
    const table = overview(
      entries.map(([name, entry]) => factsOf(name, entry)),
      (name) => `docs/distributions/${name}.md`
    )
    await expect(insert(features, table)).toMatchFileSnapshot(pathOf("FEATURES.md"))
  })
})
