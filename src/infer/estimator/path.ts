import type { Gradient } from "../../dist/Dist.ts"
import { asking, lacking, no, type SiteFacts, type Verdict, yes } from "./Estimator.ts"

/** Whether a gradient may flow through a draw: the family has such a gradient, and nothing that reads the draw jumps. */
export const alongPath = (name: string, ability: Gradient, because: string, facts: SiteFacts): Verdict => {
  const { site, guide, jump, readPeriodically, asked } = facts
  if (!guide.gradients.includes(ability)) return lacking(name, guide)
  if (!readPeriodically)
    return no(
      `${wrong(name, asked)}the path of ${guide.family} is right for ${periodWords(guide.period)} functions of its draw alone, and its draw is read by another`
    )
  if (jump === undefined) return yes(asked ? "asked for" : because)
  if (asked && !jump.certain)
    return yes(`asked for, on the assumption that ${jump.op} on the path from its draw to the loss does not jump`)
  return no(
    `${wrong(name, asked)}the path from its draw to the loss goes through ${jump.op}, which ${jump.certain ? "jumps" : `may jump; where it does not, ask for the path by name: ${asking(site, ability)}`}`
  )
}

const wrong = (name: string, asked: boolean): string =>
  asked ? `${/^[aeiou]/.test(name) ? "an" : "a"} ${name} gradient would be wrong: ` : ""

const periodWords = (period: number | undefined): string =>
  period === undefined ? "periodic" : `${Math.abs(period - 2 * Math.PI) < 1e-6 ? "2π" : period}-periodic`
