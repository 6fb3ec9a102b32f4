import { describe, expect, it } from "vitest"
import { catalogue } from "../../src/dist/catalogue.ts"
import { Key } from "../../src/tensor/random.ts"
import { useCpu } from "../support/onCpu.ts"
import { sized } from "./extremes.ts"
import { tidied } from "./laws/evaluate.ts"

useCpu()

const sizes = [1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e4]

describe("a family's own draws", () => {
  it.each(Object.keys(catalogue))("of %s have a finite log density, whatever the size of its parameters", (family) => {
    const makes = sized[family as keyof typeof catalogue]
    const wrong = makes.flatMap((make, which) =>
      sizes.flatMap((size) =>
        tidied(() => {
          const dist = make(size).iid(400)
          const { value, logProb } = dist.sampleAndLogProb(Key.of(size * 1000 + which))
          const densities = [...dist.logDensity(value).dataSync(), ...logProb.dataSync()]
          const bad = densities.filter((each) => !Number.isFinite(each)).length
          const odd = [...value.dataSync()].filter((each) => !Number.isFinite(each)).length
          return bad + odd === 0
            ? []
            : [`${family}, maker ${which}, at ${size}: ${bad} of ${densities.length} log densities, ${odd} numbers`]
        })
      )
    )
    expect(wrong).toEqual([])
  })
})
