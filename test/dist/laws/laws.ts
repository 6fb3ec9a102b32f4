import { describe } from "vitest"
import { useCpu } from "../../support/onCpu.ts"
import { drawLaws } from "./draws.ts"
import { engineLaws } from "./engines.ts"
import { fixtureOf } from "./fixture.ts"
import { formLaws } from "./form.ts"
import { gradientLaws } from "./gradients.ts"
import { pathLaws } from "./paths.ts"
import type { Row, Setting } from "./Row.ts"
import { supportLaws } from "./support.ts"
import { valueLaws } from "./values.ts"
import { workingsOf } from "./Workings.ts"

/** Runs every law of distributions on one family. */
export const laws = <P extends Setting>(row: Row<P>): void => {
  useCpu()
  const references = fixtureOf<P>(row.family)
  const workings = workingsOf(row)
  describe(row.family, () => {
    formLaws(row, references)
    valueLaws(row, references, workings)
    drawLaws(row, references, workings)
    gradientLaws(row, references, workings)
    pathLaws(row)
    supportLaws(row)
    engineLaws(row)
  })
}
