import fc from "fast-check"
import { expect, it } from "vitest"
import { useCpu } from "../../support/onCpu.ts"
import { combinedLaws } from "./combinedLaws.ts"
import { lawfulOf, nested } from "./nested.ts"

useCpu()

const trees = fc.sample(nested(3), { seed: 2026, numRuns: 60 })
const distinct = [...new Map(trees.map((tree) => [tree.text, tree])).values()].filter(({ depth }) => depth > 0)

it("are of all kinds, and three deep", () => {
  const texts = distinct.map(({ text }) => text).join(" ")
  for (const kind of ["Mixture", "Truncated", "Masked", "ZeroInflated", "iid"]) expect(texts).toContain(kind)
  expect(Math.max(...distinct.map(({ depth }) => depth))).toBe(3)
})

for (const tree of distinct.slice(0, 10))
  combinedLaws(tree.text, lawfulOf(tree), {
    engines: false,
    // the gradients of masses of many values drown in their noise here; rows of their own look at them
    gradients: tree.values === undefined || tree.shape.length === 0
  })
