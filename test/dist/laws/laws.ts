import { describe } from "vitest"
import { useCpu } from "../../support/onCpu.ts"
import { drawLaws } from "./draws.ts"
import { engineLaws } from "./engines.ts"
import { fixtureOf } from "./fixture.ts"
import { formLaws } from "./form.ts"
import { gradientLaws } from "./gradients.ts"
import { pathLaws } from "./paths.ts"
import type { Row, Setting } from "./Row.ts"
import { valueLaws } from "./values.ts"

/** Runs every law of distributions on one family. */
export const laws = <P extends Setting>(row: Row<P>): void => {
  useCpu()
  const references = fixtureOf<P>(row.family)
  describe(row.family, () => {
    formLaws(row, references)
    valueLaws(row, references)
    drawLaws(row, references)
    gradientLaws(row, references)
    pathLaws(row)
    engineLaws(row)
  })
}
