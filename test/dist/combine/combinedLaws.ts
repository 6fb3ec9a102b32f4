import { describe, expect, it } from "vitest"
import { drawLaws } from "../laws/draws.ts"
import { engineLaws } from "../laws/engines.ts"
import { densitiesAt, describeSetting, tidied } from "../laws/evaluate.ts"
import { gradientLaws } from "../laws/gradients.ts"
import { given, type Row, type Setting, someSettings } from "../laws/Row.ts"
import { workingsOf } from "../laws/Workings.ts"
import { drawnReferences } from "./drawnReferences.ts"
import { asRow, type Lawful } from "./Lawful.ts"

/** The laws that hold of every distribution, on one that is made of others; on all engines, too, unless told otherwise. */
export const combinedLaws = <P extends Setting>(
  name: string,
  lawful: Lawful<P>,
  { engines = true, gradients = true } = {}
): void => {
  const row = asRow(lawful)
  describe(name, () => {
    const references = drawnReferences(row)
    const workings = workingsOf(row)
    it("has a density or masses that add up to 1", () => {
      for (const setting of someSettings(row, 4)) {
        const total = workings.quadrature(setting).probabilities.reduce((sum, p) => sum + p, 0)
        // as for families: float32 log densities, and a kink, cost the quadrature up to 1e-4
        expect(Math.abs(total - 1), describeSetting(setting)).toBeLessThan(1e-4)
      }
    })
    it("gives what lies outside of its support no density", () => {
      if (typeof row.outside === "string") expect(row.outside).toBe("every number is inside")
      else
        for (const setting of someSettings(row, 4))
          expect(densitiesAt(row, setting, row.outside(setting))).toEqual(row.outside(setting).map(() => -Infinity))
    })
    drawLaws(row, references, workings)
    if (gradients && claimsGradients(row)) gradientLaws(row, references, workings)
    if (engines) engineLaws(row)
  })
}

const claimsGradients = <P extends Setting>(row: Row<P>): boolean =>
  someSettings(row, 1).some((setting) => tidied(() => row.make(given(setting)).gradients.length > 0))
