import { describe, expect, it } from "vitest"
import { LKJCholesky } from "../../../src/dist/LKJCholesky.ts"
import type { Matrix } from "../../support/matrices.ts"
import { compute, scalar } from "../../support/onCpu.ts"
import { fixtureOf } from "../laws/fixture.ts"
import { laws } from "../laws/laws.ts"
import { flat, tensorOf } from "../laws/Row.ts"
import { constantSize, entropySize, lkjCholesky, termsOf } from "./LKJCholesky.ts"

laws(lkjCholesky)

/** float32: half a unit in the last place. */
const eps = 2 ** -24

describe("LKJCholesky of orders 2, 4, 6 and 10", () => {
  it("has the densities, entropy, mean and variance of the closed forms in 40 digits", () => {
    for (const { parameters, points, ...exact } of fixtureOf<{ readonly concentration: number }>("LKJCholeskyOrders")) {
      const order = flat(points[0]?.x ?? []).length ** 0.5
      const eta = parameters.concentration
      const what = `order ${order}, concentration ${eta}`
      const dist = () => LKJCholesky(order, eta)
      for (const { x, logDensity } of points) {
        const found = scalar(() => dist().logProb(tensorOf(x)))
        expect(Math.abs(found - logDensity), what).toBeLessThanOrEqual(8 * eps * termsOf(x as Matrix, eta))
      }
      const entropy = scalar(() => dist().entropy())
      expect(Math.abs(entropy - (exact.entropy ?? Number.NaN)), what).toBeLessThanOrEqual(
        32 * eps * entropySize(eta, order)
      )
      for (const moment of ["mean", "variance"] as const) {
        const found = compute(() => dist()[moment]())
        flat(exact[moment]).forEach((value, i) => {
          const error = Math.abs((found.values[i] ?? Number.NaN) - value)
          expect(error, `${moment} of ${what}`).toBeLessThanOrEqual(64 * eps * constantSize(eta, order))
        })
      }
    }
  })
})
