import { expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { SupportViolation } from "../../src/Errors.ts"
import { checkSupport } from "../../src/infer/run/checkSupport.ts"

const rows = Dataset.of([0, 1, 0, 1, 0, 0, 1, 1, 0], [3])

test("rows of vectors are checked as vectors: the first whose numbers do not go together is named", () => {
  expect(() => checkSupport("label", "oneHot", rows)).toThrow(SupportViolation)
  expect(() => checkSupport("label", "oneHot", rows)).toThrow(
    "site 'label' has support 'oneHot', but row 2 does not lie in it."
  )
  expect(() => checkSupport("label", "boolean", rows)).not.toThrow()
  expect(() => checkSupport("label", "oneHot", Dataset.take(rows, 2))).not.toThrow()
})

test("a number that can stand in no vector of the support is named itself", () => {
  const odd = Dataset.of([0, 1, 0, 0.5, 0.5, 0], [3])
  expect(() => checkSupport("label", "oneHot", odd)).toThrow("row 1 holds 0.5")
  expect(() => checkSupport("weights", "simplex", odd)).not.toThrow()
})

test("several vectors in one row are checked each", () => {
  const pairs = Dataset.of([0, 1, 1, 0, 0, 1, 1, 1], [2, 2])
  expect(() => checkSupport("labels", "oneHot", pairs)).toThrow("row 1 does not lie in it")
})
