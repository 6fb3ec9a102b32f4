import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { ClosedForms } from "../../../../src/dist/divergence/kl/closedForm.ts"
import { table } from "../../../../src/dist/divergence/kl/table.ts"
import { scalar, useCpu } from "../../../support/onCpu.ts"

useCpu()

interface Reference {
  readonly q: Readonly<Record<string, number>>
  readonly p: Readonly<Record<string, number>>
  readonly kl: number | "inf"
}

const { pairs }: { readonly pairs: Readonly<Record<string, ReadonlyArray<Reference>>> } = JSON.parse(
  readFileSync(new URL("../../../fixtures/kl-positive.json", import.meta.url), "utf8")
)

/** The terms of a closed form cancel to the divergence: the largest is about (1 + α)·log α or the like, each with some half units. */
const rounding = ({ q, p }: Reference, kl: number): number => {
  const sizes = [...Object.values(q), ...Object.values(p)].map(
    (x) => (1 + Math.abs(x)) * (1 + Math.abs(Math.log(Math.abs(x) + 1e-9)))
  )
  return 2 ** -24 * (16 * Math.abs(kl) + 4 * sizes.reduce((a, b) => a + b, 0))
}

const missing = (name: string): never => {
  throw new Error(`the table has no closed form for ${name}`)
}

describe("the closed forms of KL divergences are what numerical integration gives", () => {
  it.each(Object.entries(pairs))("%s", (name, references) => {
    const forms: Partial<ClosedForms> = table
    const form = forms[name as keyof ClosedForms]
    if (form === undefined) return missing(name)
    expect(references.length).toBeGreaterThanOrEqual(9)
    for (const reference of references) {
      const actual = scalar(() => form(reference.q, reference.p) ?? missing(name))
      if (reference.kl === "inf") expect(actual).toBe(Infinity)
      else
        expect(Math.abs(actual - reference.kl), `${JSON.stringify(reference)}: ${actual}`).toBeLessThanOrEqual(
          rounding(reference, reference.kl)
        )
    }
  })
})
