import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { GuideMismatch } from "../../../src/Errors.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { useCpu } from "../../support/onCpu.ts"
import { check } from "./check.ts"
import { programs, type RandomProgram, size } from "./generate.ts"
import { planned } from "./planned.ts"

const many = Number(process.env["VERIFY_PROGRAMS"] ?? 500)
const seed = Number(process.env["VERIFY_FROM"] ?? 0)

const locationScale = new Set(["Normal", "Laplace", "Logistic", "LogNormal"])
/** So many smaller programs are tried to make a failing one small. */
const tries = 60

/** The sites of a program whose draws have a path that its plan does not take. */
const offPath = (program: RandomProgram): ReadonlyArray<string> => {
  const sites = [...program.globals, ...program.locals].filter(({ guide }) => locationScale.has(guide.family))
  if (sites.length === 0) return []
  try {
    const { plan } = planned(program, 2)
    const scored = plan.sites.flatMap(({ site, gradient }) => (gradient === "score function" ? [site] : []))
    return sites.flatMap(({ name }) => (scored.includes(name) ? [name] : []))
  } catch (error) {
    if (error instanceof GuideMismatch) return []
    throw error
  }
}

const forced: Estimator = { ...reparameterized, applies: () => ({ applies: true, because: "forced" }) }

describe("random programs", () => {
  useCpu()

  test("a wrong gradient is found: paths that are taken whatever stands in their way", () => {
    const found = { differs: 0, agrees: 0 }
    for (const program of fc.sample(programs, { seed: 1, numRuns: 400 })) {
      const sites = offPath(program)
      if (sites.length === 0) continue
      const { kind } = check(program, Object.fromEntries(sites.map((site) => [site, forced])))
      if (kind === "agrees") found.agrees++
      if (kind === "differs" && check(program).kind === "agrees") found.differs++
      if (found.differs === 3) break
    }
    console.info(JSON.stringify(found))
    expect(found.differs).toBe(3)
  }, 300_000)

  test("a failing program becomes a small one: a single site and row, and little else", () => {
    const result = fc.check(
      fc.property(programs, (program) => !JSON.stringify(program.likelihood).includes('"floor"')),
      { seed: 3, numRuns: 200 }
    )
    const [small] = result.counterexample ?? []
    if (small === undefined) throw new Error("no program has a floor")
    console.info(`${result.numShrinks} steps to size ${size(small)}`)
    expect(small).toMatchObject({ params: [0.0037], rows: [{ x: 0, y: 0 }], batch: 1, perRow: false })
    expect([...small.globals, ...small.locals]).toHaveLength(1)
    expect(size(small)).toBeLessThanOrEqual(12)
  })

  test(
    `the plan's mean gradient is the exact one, or the program is refused: ${many} programs`,
    () => {
      const started = performance.now()
      const seconds = (): number => (performance.now() - started) / 1000
      const counts: Record<string, number> = {}
      const add = (name: string): void => {
        counts[name] = (counts[name] ?? 0) + 1
      }
      let [worst, done, smaller] = [0, 0, 0]
      fc.assert(
        fc.property(programs, (program) => {
          if (counts["wrong"] !== undefined && smaller++ > tries) return
          const outcome = check(program)
          if (outcome.kind === "differs" || outcome.kind === "fails") {
            add("wrong")
            throw new Error(outcome.words)
          }
          add(outcome.kind)
          if (outcome.kind === "agrees") {
            worst = Math.max(worst, outcome.z)
            for (const gradient of outcome.gradients) add(`site: ${gradient}`)
          }
          if (++done % 50 === 0) console.info(`${done} programs, ${Math.round(seconds())} s`)
        }),
        { seed, numRuns: many }
      )
      console.info(JSON.stringify({ ...counts, worst, seconds: seconds() }, undefined, 1))
      expect(counts["agrees"]).toBeGreaterThan(0.7 * many)
    },
    24 * 3_600_000
  )
})
