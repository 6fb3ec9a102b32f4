import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { accepts, eventRankOf, holds, kindOf, type Support } from "../../../src/dist/Support.ts"
import { fromReals } from "../../../src/dist/transform/fromReals.ts"
import { inputShape, outputShape, type Transform } from "../../../src/dist/transform/Transform.ts"
import { compute, tensorOf, useCpu } from "../../support/onCpu.ts"
import { numbersOf } from "./jacobian.ts"
import { reals } from "./laws.ts"

useCpu()

const rows = Object.entries(fromReals).flatMap(([support, transform]) =>
  transform === undefined ? [] : [[support as Support, transform as Transform] as const]
)

describe("the way from the reals", () => {
  it("leads to every support of a density, but for intervals, whose ends only a distribution knows", () => {
    const without = Object.entries(fromReals).flatMap(([support, transform]) =>
      transform === undefined ? [support as Support] : []
    )
    expect(without.filter((support) => kindOf[support] === "density")).toEqual(["interval"])
    expect(rows.filter(([support]) => kindOf[support] === "mass")).toEqual([])
  })

  it.each(rows)("to %s: gives points of that support, whose reals come back, also far from 0", (support, transform) => {
    const event = eventRankOf[support] === 0 ? [] : eventRankOf[support] === 1 ? [4] : [3, 3]
    const shape = inputShape(transform, event)
    expect(outputShape(transform, shape)).toEqual(event)
    const count = shape.reduce((product, n) => product * n, 1)
    expect([transform.domain, accepts[support].includes(transform.codomain)]).toEqual(["real", true])
    // a diagonal of e⁻⁶ squared is lost in float32 beside numbers of size 1
    const reach = support === "positiveDefinite" ? 2 : 6
    fc.assert(
      fc.property(reals(count, -reach, reach), (values) => {
        const y = compute(() => transform.forward(tensorOf(numbersOf(values, shape))))
        expect([[...y.values], holds(support, y.values, event)]).toEqual([[...y.values], true])
        const back = compute(() => transform.inverse(tensorOf(y))).values
        values.forEach((x, i) => {
          // within ±3 no transform is so flat that float32 loses more than this; further out some are
          if (values.every((each) => Math.abs(each) <= 3))
            expect(Math.abs((back[i] ?? Number.NaN) - x)).toBeLessThan(0.02)
        })
      }),
      { seed: 2026, numRuns: 200 }
    )
  })

  it("has rows whose types are those of their supports", () => {
    const simplex: "simplex" = fromReals.simplex.codomain
    const matrices: "positiveDefinite" = fromReals.positiveDefinite.codomain
    const none: undefined = fromReals.interval
    expect([simplex, matrices, none]).toEqual(["simplex", "positiveDefinite", undefined])
  })
})
