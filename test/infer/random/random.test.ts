import * as tf from "@tensorflow/tfjs"
import { beforeAll, describe, expect, test } from "vitest"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { check, checkMany } from "./check.ts"
import { generate } from "./generate.ts"

const many = Number(process.env["VERIFY_PROGRAMS"] ?? 500)
const from = Number(process.env["VERIFY_FROM"] ?? 0)

const locationScale = new Set(["Normal", "Laplace", "Logistic", "LogNormal"])

describe("random programs", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu")
  })

  test("a wrong gradient is found: paths that are taken whatever stands in their way", () => {
    const forced: Estimator = { ...reparameterized, applies: () => ({ applies: true, because: "forced" }) }
    const found = { differs: 0, agrees: 0 }
    for (let seed = 0; found.differs < 3 && seed < 400; seed++) {
      const program = generate(seed)
      const sites = [...program.globals, ...program.locals].filter(({ guide }) => locationScale.has(guide.family))
      if (sites.length === 0) continue
      const plain = check(program)
      if (plain.kind !== "agrees" || !plain.gradients.includes("score function")) continue
      const { kind } = check(program, Object.fromEntries(sites.map(({ name }) => [name, forced])))
      if (kind === "differs" || kind === "agrees") found[kind]++
    }
    console.info(JSON.stringify(found))
    expect(found.differs).toBe(3)
  }, 300_000)

  test(
    `the plan's mean gradient is the exact one, or the program is refused: ${many} programs`,
    () => {
      const started = performance.now()
      const { counts, worst, wrong } = checkMany(from, many, (done) => {
        if (done % 50 === 0) console.info(`${done} programs, ${Math.round((performance.now() - started) / 1000)} s`)
      })
      console.info(JSON.stringify({ ...counts, worst, seconds: (performance.now() - started) / 1000 }, undefined, 1))
      expect(wrong.join("\n\n")).toBe("")
      expect(counts["agrees"]).toBeGreaterThan(0.7 * many)
    },
    24 * 3_600_000
  )
})
