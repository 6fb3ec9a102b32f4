import { expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { laws } from "../laws/laws.ts"
import { uniform } from "./Uniform.ts"

laws(uniform)

it("Uniform(0, 1), written so, has the support unitInterval in its type and at run time; others have an interval", () => {
  const unit: Dist<readonly [], "unitInterval"> = Uniform(0, 1)
  const other: Dist<readonly [], "interval"> = Uniform(0, 2)
  // @ts-expect-error the ends of this one are known to the distribution only
  const wrong: Dist<readonly [], "unitInterval"> = Uniform(0, 0.5)
  expect([unit.support, other.support, wrong.support]).toEqual(["unitInterval", "interval", "interval"])
})

it("Uniform refuses ends that are numbers in the wrong order, and says both", () => {
  expect(() => Uniform(2, 1)).toThrow(SupportViolation)
  expect(() => Uniform(2, 2)).toThrow("it is 2, where low is 2. Give low < high.")
})
