import { existsSync, readdirSync, readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { layers } from "../../src/engine/layers.ts"
import { nativeIsSetUp } from "../engine/engines.ts"
import { useCpu } from "../support/onCpu.ts"
import { docblockOf } from "./pages/docblock.ts"
import { factsOf, subjects } from "./pages/facts.ts"
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

const all = [...subjects.families, ...subjects.combinators]

describe("the pages of the distributions", () => {
  it.each(all.map((subject) => [subject.name, subject] as const))("%s", async (name, subject) => {
    const source = readFileSync(pathOf(subject.source), "utf8")
    const facts = factsOf(subject)
    await expect(page(facts, docblockOf(source, name))).toMatchFileSnapshot(pathOf(`docs/distributions/${name}.md`))
    if (facts.draws) {
      const drawn = tf.tidy(() => figure(subject.example()))
      await expect(drawn).toMatchFileSnapshot(pathOf(`docs/distributions/${name}.svg`))
    }
  })

  it("are of families and combinators that there are", () => {
    const folder = pathOf("docs/distributions")
    const pages = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.\w+$/, "")) : []
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(pages))
  })

  it("are what FEATURES.md lists", async () => {
    const features = readFileSync(pathOf("FEATURES.md"), "utf8")
    const families = insert(features, "families", overview("families", subjects.families.map(factsOf)))
    const both = insert(families, "combinators", overview("combinators", subjects.combinators.map(factsOf)))
    await expect(both).toMatchFileSnapshot(pathOf("FEATURES.md"))
  })
})
