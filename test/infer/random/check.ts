import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { asFitError } from "../../../src/infer/run/attempt.ts"
import { type ByParameter, exact, meetsPole } from "./exact.ts"
import { type RandomProgram, show } from "./generate.ts"
import { planned } from "./planned.ts"

/** The end of one random program. */
export type Outcome =
  | { readonly kind: "refused"; readonly message: string }
  /** its bound, or a gradient, is not finite: a fit would stop */
  | { readonly kind: "not finite" }
  /** it differs, and a value of it turns on the sign of a zero */
  | { readonly kind: "at a pole" }
  | { readonly kind: "agrees"; readonly gradients: ReadonlyArray<string>; readonly z: number }
  | { readonly kind: "fails"; readonly words: string }
  | { readonly kind: "differs"; readonly z: number; readonly words: string }

/** Particles in one step. */
const particles = 96
/**
 * Looks of more and more steps, each at draws of its own, until one is not in doubt. The integral of the first two is a coarse one, of whose error nothing is known. The verdict is that of
 * the last alone: of 200 steps P(|t| > 6) = 9e-9, for 10,000 programs of five numbers.
 */
const looks = [
  { steps: 6, doubt: 4.2, isAllowed: false },
  { steps: 30, doubt: 4, isAllowed: false },
  { steps: 200, doubt: 6, isAllowed: true }
] as const

/** Compares the mean gradient of a program's plan with the exact one. */
export const check = (program: RandomProgram, estimators: Readonly<Record<string, Estimator>> = {}): Outcome => {
  let plan: ReturnType<typeof planned>
  try {
    plan = planned(program, particles, estimators)
  } catch (error) {
    const known = asFitError(error)
    // a plan refuses a site; any other error is a defect
    if (known._tag === "GuideMismatch") return { kind: "refused", message: known.message }
    return { kind: "fails", words: `${show(program)}\n${known.message}` }
  }
  let truth = exact(program, plan.rowParams)
  let error: ByParameter | undefined
  const judge = (steps: number, seed: number, isAllowed: boolean): { readonly z: number; readonly words: string } => {
    let worst = { z: 0, words: "" }
    if (isAllowed && error === undefined) {
      truth = exact(program, plan.rowParams, true)
      error = truth.error()
    }
    for (const [name, estimates] of Object.entries(plan.run(steps, seed)))
      (truth.gradient[name] ?? []).forEach((value, i) => {
        const list = estimates.map((step) => step[i] ?? Number.NaN)
        const mean = list.reduce((sum, x) => sum + x, 0) / steps
        const spread = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (steps * (steps - 1)))
        const allowed = (error?.[name]?.[i] ?? 0) + 1e-3 * (1 + Math.abs(value))
        const z = Math.max(0, Math.abs(mean - value) - allowed) / Math.max(spread, 1e-9)
        if (!(z <= worst.z))
          worst = { z, words: `${name}[${i}]: plan ${mean} ± ${spread}, exact ${value} ± ${allowed}` }
      })
    return worst
  }
  const gradients = plan.plan.sites.flatMap(({ gradient }) => (gradient === undefined ? [] : [gradient]))
  let last = { z: Number.NaN, words: "" }
  for (const [i, { steps, doubt, isAllowed }] of looks.entries()) {
    last = judge(steps, program.seed + i * 1_000_003, isAllowed)
    if (Number.isNaN(last.z)) return { kind: "not finite" }
    if (last.z <= doubt) return { kind: "agrees", gradients, z: last.z }
  }
  if (meetsPole(program, plan.rowParams)) return { kind: "at a pole" }
  return { kind: "differs", z: last.z, words: `${show(program)}\n${last.words}\n${plan.plan}` }
}
