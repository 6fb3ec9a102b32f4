import { expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { convergenceOf, type SamplerFacts } from "../../../src/infer/mcmc/convergence.ts"

const { normal } = numbersOf(1, 0)
const facts: SamplerFacts = {
  chains: 4,
  divergences: 0,
  longest: { words: "largest tree of 2^10 − 1 steps", saturated: 0, option: "maxTreeDepth" },
  eBfmi: [1, 1, 1, 1]
}
const mixed = { mu: Dataset.of(Array.from({ length: 4000 }, normal), []) }
const apart = {
  mu: Dataset.of(
    Array.from({ length: 4000 }, (_, i) => normal() + (i < 1000 ? 1 : 0)),
    []
  )
}

test("chains that agree ask for nothing", () => {
  const { rows, advice } = convergenceOf(mixed, facts)
  expect(advice).toEqual([])
  expect(Math.abs((rows[0]?.mean ?? 1) / (rows[0]?.mcse ?? 0))).toBeLessThan(4)
  expect(rows[0]?.sd).toBeCloseTo(1, 1)
  expect(rows[0]?.quantiles[1]).toBeCloseTo(0, 1)
})

test.each([
  ["divergences", mixed, { divergences: 3 }, "reparam"],
  ["chains that disagree", apart, {}, "R-hat is above 1.01 for mu"],
  ["few effective draws", apart, {}, "effective sample size is below 400 for mu"],
  [
    "trees at their largest",
    mixed,
    { longest: { words: "largest tree of 2^10 − 1 steps", saturated: 9, option: "maxTreeDepth" } },
    "2^10"
  ],
  ["energies that change slowly", mixed, { eBfmi: [1, 0.2, 1, 1] }, "E-BFMI is below 0.3 in chain 1"]
] as const)("%s are told, with what to do", (_, draws, changed, words) => {
  const convergence = convergenceOf(draws, { ...facts, ...changed })
  expect(convergence.advice.some((each) => each.includes(words))).toBe(true)
  expect(String(convergence)).toContain(words)
})
