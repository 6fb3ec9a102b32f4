import { expect, it } from "vitest"
import { Triangular } from "../../../src/dist/Triangular.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { laws } from "../laws/laws.ts"
import { triangular } from "./Triangular.ts"

laws(triangular)

it("Triangular refuses numbers in the wrong order, and says in which order they go", () => {
  expect(() => Triangular(0, 1, 2)).toThrow(SupportViolation)
  expect(() => Triangular(0, 1, 0)).toThrow("Give low < peak < high.")
})
