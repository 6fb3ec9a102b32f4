import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Beta } from "../../src/dist/Beta.ts"
import { Censored } from "../../src/dist/combine/Censored.ts"
import { Truncated } from "../../src/dist/combine/Truncated.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { ImproperUniform } from "../../src/dist/ImproperUniform.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { rangeOfDraws } from "../../src/dist/rangeOfDraws.ts"
import { StraightThroughBernoulli } from "../../src/dist/StraightThroughBernoulli.ts"
import {
  type Accepts,
  type AcceptsData,
  accepts,
  acceptsData,
  contains,
  eventRankOf,
  holds,
  kindOf,
  rangeOf,
  type Support
} from "../../src/dist/Support.ts"
import { includes, interval } from "../../src/tensor/Interval.ts"

const points = [
  Number.NEGATIVE_INFINITY,
  -4,
  -2.5,
  -1,
  -1e-45,
  -0,
  0,
  1e-45,
  0.5,
  1,
  1 + 2 ** -52,
  2,
  1e300,
  Number.POSITIVE_INFINITY,
  Number.NaN
]
const supports = Object.keys(contains) as ReadonlyArray<Support>
const numbers = supports.filter((support) => eventRankOf[support] === 0)

/** The numbers of each support among the points; of vectors and matrices, the numbers that one may hold. */
const inside: Readonly<Record<Support, ReadonlyArray<number>>> = {
  real: [-4, -2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  positive: [1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  nonNegative: [-0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  unitInterval: [-0, 0, 1e-45, 0.5, 1],
  interval: [-4, -2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  circle: [-2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2],
  boolean: [-0, 0, 1],
  integer: [-4, -1, -0, 0, 1, 2, 1e300],
  natural: [-0, 0, 1, 2, 1e300],
  positiveInteger: [1, 2, 1e300],
  integerInterval: [-4, -1, -0, 0, 1, 2, 1e300],
  category: [-0, 0, 1, 2, 1e300],
  oneHot: [-0, 0, 1],
  simplex: [-0, 0, 1e-45, 0.5, 1],
  ordered: [-4, -2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  positiveDefinite: [-4, -2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  lowerCholesky: [-4, -2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
  correlationCholesky: [-1, -1e-45, -0, 0, 1e-45, 0.5, 1]
}

/** Values of vectors and matrices: some inside, some of whose numbers each may stand there but do not go together. */
const events: ReadonlyArray<
  readonly [
    Support,
    ReadonlyArray<number>,
    inside: ReadonlyArray<ReadonlyArray<number>>,
    ReadonlyArray<ReadonlyArray<number>>
  ]
> = [
  [
    "oneHot",
    [3],
    [
      [0, 1, 0],
      [1, 0, 0]
    ],
    [
      [0, 0, 0],
      [1, 1, 0],
      [1, 1, 1]
    ]
  ],
  [
    "simplex",
    [3],
    [
      [0.25, 0.25, 0.5],
      [0, 0, 1],
      [1 / 3, 1 / 3, Math.fround(1 / 3)]
    ],
    [
      [0.5, 0.5, 0.5],
      [0, 0, 0],
      [0.3, 0.3, 0.3]
    ]
  ],
  [
    "ordered",
    [3],
    [
      [-1, 0, 5],
      [0, 1e-3, 2e-3]
    ],
    [
      [0, 0, 1],
      [3, 2, 1],
      [-1, 0, -0.5]
    ]
  ],
  [
    "positiveDefinite",
    [2, 2],
    [
      [1, 0, 0, 1],
      [4, 1, 1, 0.5]
    ],
    [
      [1, 2, 2, 1],
      [1, 0.5, -0.5, 1],
      [-1, 0, 0, 1],
      [1, 1, 1, 1]
    ]
  ],
  [
    "lowerCholesky",
    [2, 2],
    [[1, 0, -7, 0.1]],
    [
      [1, 0.1, 0, 1],
      [1, 0, 0, 0],
      [-1, 0, 0, 1]
    ]
  ],
  [
    "correlationCholesky",
    [2, 2],
    [
      [1, 0, 0.6, 0.8],
      [1, 0, -1e-3, Math.sqrt(1 - 1e-6)]
    ],
    [
      [1, 0, 0.6, 0.6],
      [0.5, 0, 0.6, 0.8],
      [1, 0, 0.6, -0.8]
    ]
  ]
]

describe("a support contains", () => {
  it.each(Object.entries(inside))("%s: exactly its own numbers, and never NaN or an infinity", (support, wanted) => {
    expect(points.filter(contains[support as Support])).toEqual(wanted)
  })

  it.each(events)(
    "%s: exactly the values %j whose numbers go together, alone and one after the other",
    (support, shape, good, bad) => {
      const event = [...shape]
      expect(event.length).toBe(eventRankOf[support])
      for (const each of good) expect([each, holds(support, each, event)]).toEqual([each, true])
      for (const each of bad) expect([each, holds(support, each, event)]).toEqual([each, false])
      expect(holds(support, good.flat(), [good.length, ...event])).toBe(true)
      for (const each of bad) expect(holds(support, [...good.flat(), ...each], [good.length + 1, ...event])).toBe(false)
    }
  )

  it("values of vectors and matrices for each support of a rank above 0 above", () => {
    expect(events.map(([support]) => support).sort()).toEqual(supports.filter((each) => eventRankOf[each] > 0).sort())
  })
})

describe("the range of a support", () => {
  it("holds each number of its points, and its bounds are theirs", () => {
    for (const support of supports) {
      const range = rangeOf(support)
      for (const x of inside[support]) expect(includes(range, x), `${x} in ${support}`).toBe(true)
      const all = range.low === Number.NEGATIVE_INFINITY && range.high === Number.POSITIVE_INFINITY
      const outside = points.filter((x) => Number.isFinite(x) && !includes(range, x))
      if (!all) expect(outside.length, support).toBeGreaterThan(0)
      for (const x of outside) expect(contains[support](x), `${x} in ${support}`).toBe(false)
    }
  })

  it("of an improper uniform prior is where its density is not 0", () => {
    for (const support of supports) {
      if (eventRankOf[support] !== 0) continue
      const finite = points.filter((x) => Number.isFinite(Math.fround(x)) && Math.fround(x) === x)
      const logs = tf.tidy(() => [
        ...ImproperUniform(support, [finite.length])
          .iid(1)
          .logDensity(tf.tensor2d([finite]))
          .dataSync()
      ])
      expect(logs.map(Number.isFinite)).toEqual(finite.map((x) => contains[support](x)))
    }
  })

  it("is closed for what has masses, whose draws are its bounds, and open for densities", () => {
    expect(rangeOfDraws(Bernoulli({ probs: 0.5 }))).toEqual(interval(0, 1))
    expect(rangeOfDraws(StraightThroughBernoulli(0.5, { probs: 0.5 }))).toEqual(interval(0, 1))
    expect(rangeOfDraws(Poisson({ rate: 2 }))).toEqual(interval(0, Number.POSITIVE_INFINITY, "[)"))
    expect(rangeOfDraws(Beta(2, 3))).toEqual(interval(0, 1, "()"))
    expect(rangeOfDraws(Censored(Exponential(1), 0, 3))).toEqual(interval(0, 3))
    expect(rangeOfDraws(Truncated(Normal(0, 1), 0, Number.POSITIVE_INFINITY))).toEqual(
      interval(0, Number.POSITIVE_INFINITY, "()")
    )
  })
})

describe("a prior accepts", () => {
  it("a guide on its own support", () => {
    for (const support of supports) expect(accepts[support]).toContain(support)
  })

  it.each(numbers)("on %s: only guides whose every value it contains", (prior) => {
    for (const guide of accepts[prior]) {
      // intervals that differ in an end differ in one point, which a density never draws
      const values = points.filter(contains[guide]).filter((x) => x !== 0 || prior !== "positive")
      expect(values.filter((x) => !contains[prior](x))).toEqual([])
    }
  })

  it("on a set of numbers no density, and on an interval no mass", () => {
    for (const prior of supports) for (const guide of accepts[prior]) expect(kindOf[guide]).toBe(kindOf[prior])
  })

  it("whatever is accepted by what it accepts", () => {
    for (const prior of supports) {
      for (const guide of accepts[prior]) {
        for (const inner of accepts[guide]) expect(accepts[prior]).toContain(inner)
      }
    }
  })
})

describe("a likelihood accepts", () => {
  it("data on its own support, and none that hold a number outside", () => {
    // whether a number lies between ends that parameters give is known when the density is
    const ends: ReadonlyArray<Support> = ["interval", "integerInterval"]
    for (const likelihood of supports) {
      expect(acceptsData[likelihood]).toContain(likelihood)
      for (const data of acceptsData[likelihood]) {
        const values = inside[data].filter((x) => contains[data](x))
        if (!ends.includes(likelihood)) expect(values.filter((x) => !contains[likelihood](x))).toEqual([])
      }
    }
  })

  it("and types say the same as the tables: they are read off the same rows", () => {
    const guide: Accepts["natural"] = "category"
    const data: AcceptsData["unitInterval"] = "boolean"
    // @ts-expect-error a density is no guide for counts
    const wrong: Accepts["natural"] = "positive"
    // @ts-expect-error grey values are no booleans
    const grey: AcceptsData["boolean"] = "unitInterval"
    expect([accepts.natural, acceptsData.unitInterval]).toEqual([
      expect.arrayContaining([guide]),
      expect.arrayContaining([data])
    ])
    expect([accepts.natural.includes(wrong), acceptsData.boolean.includes(grey)]).toEqual([false, false])
  })
})
