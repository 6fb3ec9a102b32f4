import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { asFitError } from "../../../src/infer/run/attempt.ts"
import { exact } from "./exact.ts"
import { generate, type RandomProgram, show } from "./generate.ts"
import { planned } from "./planned.ts"

/** The end of one random program. */
export type Outcome =
  | { readonly kind: "refused"; readonly message: string }
  /** its bound, or a gradient, is not finite: a fit would stop */
  | { readonly kind: "not finite" }
  | { readonly kind: "agrees"; readonly gradients: ReadonlyArray<string>; readonly z: number }
  | { readonly kind: "fails"; readonly words: string }
  | { readonly kind: "differs"; readonly z: number; readonly words: string }

/** Particles in one step. */
const particles = 128
/** A first look in few steps, and a second one in many where the first is in doubt: the verdict is that of the second alone. */
const [few, many] = [12, 400]
const doubt = 3.5
/** of 400 steps: P(|t| > 6) = 4e-9, for 10,000 programs of five numbers */
const certain = 6

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
  const truth = exact(program, plan.rowParams)
  const judge = (steps: number, seed: number): { readonly z: number; readonly words: string } => {
    let worst = { z: 0, words: "" }
    for (const [name, estimates] of Object.entries(plan.run(steps, seed)))
      (truth.gradient[name] ?? []).forEach((value, i) => {
        const list = estimates.map((step) => step[i] ?? Number.NaN)
        const mean = list.reduce((sum, x) => sum + x, 0) / steps
        const error = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (steps * (steps - 1)))
        const allowed = (truth.error[name]?.[i] ?? 0) + 1e-3 * (1 + Math.abs(value))
        const z = Math.max(0, Math.abs(mean - value) - allowed) / Math.max(error, 1e-9)
        if (!(z <= worst.z)) worst = { z, words: `${name}[${i}]: plan ${mean} ± ${error}, exact ${value} ± ${allowed}` }
      })
    return worst
  }
  const first = judge(few, program.seed)
  if (Number.isNaN(first.z)) return { kind: "not finite" }
  const gradients = plan.plan.sites.flatMap(({ gradient }) => (gradient === undefined ? [] : [gradient]))
  if (first.z <= doubt) return { kind: "agrees", gradients, z: first.z }
  const second = judge(many, program.seed + 1_000_000)
  if (Number.isNaN(second.z)) return { kind: "not finite" }
  if (second.z <= certain) return { kind: "agrees", gradients, z: second.z }
  return { kind: "differs", z: second.z, words: `${show(program)}\n${second.words}\n${plan.plan}` }
}

/** What became of many programs. */
export interface Tally {
  readonly counts: Readonly<Record<string, number>>
  readonly worst: number
  readonly wrong: ReadonlyArray<string>
}

export const checkMany = (from: number, count: number, tell: (done: number) => void = () => {}): Tally => {
  const counts: Record<string, number> = {}
  const wrong: Array<string> = []
  let worst = 0
  const add = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (let seed = from; seed < from + count; seed++) {
    const outcome = check(generate(seed))
    add(outcome.kind)
    if (outcome.kind === "agrees") {
      worst = Math.max(worst, outcome.z)
      for (const gradient of outcome.gradients) add(`site: ${gradient}`)
    }
    if (outcome.kind === "differs" || outcome.kind === "fails") wrong.push(outcome.words)
    tell(seed - from + 1)
  }
  return { counts, worst, wrong }
}
