import * as tf from "@tensorflow/tfjs"
import { beforeAll, describe, expect, test } from "vitest"
import { checkMany } from "./check.ts"

const many = Number(process.env["VERIFY_PROGRAMS"] ?? 500)
const from = Number(process.env["VERIFY_FROM"] ?? 0)

describe("random programs", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu")
  })

  test(
    `the plan's mean gradient is the exact one, or the program is refused: ${many} programs`,
    () => {
      const started = performance.now()
      const { counts, worst, wrong } = checkMany(from, many)
      console.info(JSON.stringify({ ...counts, worst, seconds: (performance.now() - started) / 1000 }, undefined, 1))
      expect(wrong.join("\n\n")).toBe("")
      expect(counts["agrees"]).toBeGreaterThan(0.7 * many)
    },
    24 * 3_600_000
  )
})
