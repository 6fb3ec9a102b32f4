import { expect, test } from "vitest"
import { disarm } from "../../../src/infer/estimator/disarm.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { enumerated } from "../../../src/infer/estimator/enumeration.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { estimates, isUnbiased } from "../moments.ts"
import { data, layers, slopesOf } from "../twoLayers.ts"

/** The prior of the middle layer reads the top one, whose probabilities in the guide depend on the middle one, although its values in a sum do not. */
const ways: ReadonlyArray<readonly [string, Readonly<Record<string, Estimator>>, number]> = [
  ["both are summed over", { top: enumerated, middle: enumerated }, 1],
  ["the upper one is summed over", { top: enumerated, middle: score }, 2000],
  ["the upper one is summed over, below DisARM", { top: enumerated, middle: disarm }, 2000]
]
test.each(ways)(
  "the KL of a layer is not closed where the one above it is guided by it: %s",
  async (_, estimators, epochs) => {
    const options = { estimators: estimators as never }
    expect(
      layers(2, 3)
        .explain(data, options)
        .sites.find(({ site }) => site === "middle")?.kl
    ).toBe("sampled")
    const found = await estimates((each) => layers(2, 3).fit(data, each), { epochs, particles: 2, seed: 2, ...options })
    for (const [name, slope] of slopesOf(2, 3)) {
      if (epochs > 1) isUnbiased(found.of(name), [slope])
      else expect(found.of(name).mean[0]).toBeCloseTo(slope, 3)
    }
  }
)
