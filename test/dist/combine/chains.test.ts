import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HiddenMarkovModel } from "../../../src/dist/combine/HiddenMarkovModel.ts"
import { MarkovChain } from "../../../src/dist/combine/MarkovChain.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"
import { bell, product, values } from "../laws/Domain.ts"
import { number, vector } from "../laws/Row.ts"
import { combinedLaws } from "./combinedLaws.ts"
import type { Lawful } from "./Lawful.ts"

useCpu()

type Numbers = ReadonlyArray<number>
type Matrix = ReadonlyArray<Numbers>

const logSoftmax = (logits: Numbers): Numbers => {
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))
  return logits.map((x) => x - total)
}
/** All walks of `steps` steps over k states. */
const walks = (k: number, steps: number): ReadonlyArray<Numbers> =>
  Array.from({ length: k ** steps }, (_, code) =>
    Array.from({ length: steps }, (_unused, t) => Math.floor(code / k ** t) % k)
  )
const logWalk = (initial: Numbers, transition: Matrix, walk: Numbers): number =>
  walk.reduce(
    (sum, state, t) =>
      sum + (logSoftmax(t === 0 ? initial : (transition[walk[t - 1] as number] as Numbers))[state] as number),
    0
  )

type Chained = { readonly initial: Numbers; readonly transition: Matrix }

const square = (k: number) => fc.array(vector(-1, 1, k), { minLength: k, maxLength: k })

const walk: Lawful<Chained> = {
  make: ({ initial, transition }) => MarkovChain({ initial, transition, steps: 3 }),
  settings: fc.record({ initial: vector(-1, 1, 3), transition: square(3) }),
  domain: () => values(walks(3, 3)),
  terms: () => 24,
  outside: () => [
    [0, 1, 3],
    [0, -1, 0],
    [0.5, 0, 0]
  ]
}

type Hidden = Chained & { readonly labels: Matrix }

/** Three symbols emitted by two states: every series can be listed. */
const hidden: Lawful<Hidden> = {
  make: ({ initial, transition, labels }) =>
    HiddenMarkovModel({ initial, transition, steps: 2 }, OneHotCategorical({ logits: labels })),
  settings: fc.record({
    initial: vector(-1, 1, 2),
    transition: square(2),
    labels: fc.tuple(vector(-1, 1, 3), vector(-1, 1, 3))
  }),
  domain: () => values(walks(3, 2).map((series) => series.map((label) => [0, 1, 2].map((i) => (i === label ? 1 : 0))))),
  terms: () => 24,
  outside: "every number is inside"
}

type Waves = Chained & { readonly locs: Numbers; readonly scale: number }

const waves: Lawful<Waves> = {
  make: ({ initial, transition, locs, scale }) =>
    HiddenMarkovModel({ initial, transition, steps: 2 }, Normal(locs, scale)),
  settings: fc.record({
    initial: vector(-1, 1, 2),
    transition: square(2),
    locs: vector(-2, 2, 2),
    scale: number(0.5, 2)
  }),
  domain: ({ scale }) => product([bell(0, scale), bell(0, scale)], 5),
  terms: (x: Numbers, { locs, scale }) =>
    24 + x.reduce((sum, each) => sum + Math.max(...locs.map((loc) => ((each - loc) / scale) ** 2)), 0),
  outside: "every number is inside"
}

combinedLaws("a Markov chain", walk)
combinedLaws("a hidden Markov model of numbers", waves)
// the gradients of masses of so many values drown in their noise: those of numbers stand for them
combinedLaws("a hidden Markov model of labels", hidden, { gradients: false })

const settings = fc.record({
  k: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 6 }),
  numbers: fc.array(number(-2, 2), { minLength: 30, maxLength: 30 })
})
/** Logits, locations and observations from a list of numbers. */
const caseOf = ({ k, steps, numbers }: { readonly k: number; readonly steps: number; readonly numbers: Numbers }) => ({
  k,
  steps,
  initial: numbers.slice(0, k),
  transition: Array.from({ length: k }, (_, i) => numbers.slice(3 + 3 * i, 3 + 3 * i + k)),
  locs: numbers.slice(12, 12 + k),
  x: numbers.slice(15, 15 + steps)
})
const tensors = ({ k, steps, initial, transition, locs }: ReturnType<typeof caseOf>) => ({
  chain: {
    initial: Tensor.of([k], tf.tensor1d([...initial])),
    transition: Tensor.of(
      [k, k],
      tf.tensor2d(
        transition.map((row) => [...row]),
        [k, k]
      )
    ),
    steps
  },
  locs: Tensor.of([k], tf.tensor1d([...locs]))
})
const logNormal = (x: number, loc: number): number => -0.5 * (x - loc) ** 2 - 0.5 * Math.log(2 * Math.PI)
const joints = ({ k, steps, initial, transition, locs, x }: ReturnType<typeof caseOf>) =>
  walks(k, steps).map((walk) => ({
    walk,
    p: Math.exp(
      logWalk(initial, transition, walk) +
        walk.reduce((sum, s, t) => sum + logNormal(x[t] as number, locs[s] as number), 0)
    )
  }))

describe("a hidden Markov model", () => {
  it("has the log density that a sum over all walks of the hidden states gives", () => {
    fc.assert(
      fc.property(settings, (numbers) => {
        const given = caseOf(numbers)
        const exact = Math.log(joints(given).reduce((sum, { p }) => sum + p, 0))
        const actual = scalar(() => {
          const { chain, locs } = tensors(given)
          return HiddenMarkovModel(chain, Normal(locs, 1)).logProb(tf.tensor1d([...given.x]))
        })
        expect(Math.abs(actual - exact)).toBeLessThan(2e-6 * (1 + Math.abs(exact)))
      }),
      { seed: 1, numRuns: 60 }
    )
  })

  it("has the probabilities of the hidden states that a sum over all walks gives", () => {
    fc.assert(
      fc.property(settings, (numbers) => {
        const given = caseOf(numbers)
        const all = joints(given)
        const total = all.reduce((sum, { p }) => sum + p, 0)
        const exact = Array.from({ length: given.steps }, (_, t) =>
          Array.from(
            { length: given.k },
            (_unused, s) => all.reduce((sum, { walk, p }) => sum + (walk[t] === s ? p : 0), 0) / total
          )
        )
        const actual = compute(() => {
          const { chain, locs } = tensors(given)
          return HiddenMarkovModel(chain, Normal(locs, 1)).posterior(tf.tensor1d([...given.x]))
        })
        expect(actual.shape).toEqual([given.steps, given.k])
        expect([...actual.values]).toEqual(exact.flat().map((p) => expect.closeTo(p, 5)))
      }),
      { seed: 2, numRuns: 40 }
    )
  })

  it("takes emissions of unlike families, and of vectors", () => {
    const chain = () => ({
      initial: Tensor.of([2], tf.zeros([2])),
      transition: Tensor.of([2, 2], tf.zeros([2, 2])),
      steps: 2
    })
    const law = () => HiddenMarkovModel(chain(), [Laplace(0, 1).iid(2), Exponential(1).iid(2)])
    const x = [
      [1, 2],
      [3, 0.5]
    ]
    // both states are as likely at each step, so that steps are independent mixtures
    const exact = x.reduce((sum, row) => {
      const total = row.reduce((s, each) => s + each, 0)
      return sum + Math.log(0.5 * 0.25 * Math.exp(-total) + 0.5 * Math.exp(-total))
    }, 0)
    expect(scalar(() => law().logProb(tf.tensor2d(x)))).toBeCloseTo(exact, 5)
    tf.tidy(() => {
      expect(law().shape).toEqual([2, 2])
      expect(law().support).toBe("real")
    })
  })

  it("stays finite over a long series far from all emissions", () => {
    const [k, steps] = [3, 200]
    const actual = scalar(() =>
      HiddenMarkovModel(
        { initial: Tensor.of([k], tf.zeros([k])), transition: Tensor.of([k, k], tf.zeros([k, k])), steps },
        Normal(Tensor.of([k], tf.zeros([k])), 0.01)
      ).logProb(tf.fill([steps], 5))
    )
    const each = -0.5 * 500 ** 2 - Math.log(0.01) - 0.5 * Math.log(2 * Math.PI)
    expect(actual / (steps * each)).toBeCloseTo(1, 5)
  })

  it("has the mean and the variance of its emissions under the states' probabilities at each step", () => {
    const given = caseOf({ k: 3, steps: 5, numbers: Array.from({ length: 30 }, (_, i) => Math.sin(3 * i)) })
    const marginal = (t: number): Numbers =>
      [0, 1, 2].map((s) =>
        walks(3, 5).reduce(
          (sum, walk) => sum + (walk[t] === s ? Math.exp(logWalk(given.initial, given.transition, walk)) : 0),
          0
        )
      )
    const law = () => {
      const { chain, locs } = tensors(given)
      return HiddenMarkovModel(chain, Normal(locs, 2))
    }
    const [means, variances] = [compute(() => law().mean()).values, compute(() => law().variance()).values]
    for (let t = 0; t < 5; t++) {
      const mean = marginal(t).reduce((sum, p, s) => sum + p * (given.locs[s] as number), 0)
      const variance = marginal(t).reduce((sum, p, s) => sum + p * (4 + ((given.locs[s] as number) - mean) ** 2), 0)
      expect(means[t]).toBeCloseTo(mean, 5)
      expect(variances[t]).toBeCloseTo(variance, 4)
    }
  })

  it("refuses parts that do not go together", () => {
    tf.tidy(() => {
      const [two, three] = [Tensor.of([2], tf.zeros([2])), Tensor.of([3], tf.zeros([3]))]
      const [square, wrong] = [Tensor.of([2, 2], tf.zeros([2, 2])), Tensor.of([2, 3], tf.zeros([2, 3]))]
      const chain = { initial: two, transition: square, steps: 3 } as never
      expect(() => HiddenMarkovModel(chain, Normal(three, 1))).toThrow("one emission a state")
      expect(() => MarkovChain({ initial: two, transition: wrong as never, steps: 3 })).toThrow(ShapeMismatch)
      expect(() => MarkovChain({ initial: two, transition: square, steps: 0 })).toThrow(SupportViolation)
      const law = HiddenMarkovModel({ initial: two, transition: square, steps: 3 }, Normal(two, 1))
      expect(() => law.posterior(tf.zeros([2]))).toThrow(ShapeMismatch)
    })
  })
})

describe("a Markov chain", () => {
  it("has the entropy, the mean and the variance that a sum over all walks gives", () => {
    const given = caseOf({ k: 3, steps: 4, numbers: Array.from({ length: 30 }, (_, i) => Math.cos(2 * i)) })
    const all = walks(3, 4).map((walk) => ({ walk, log: logWalk(given.initial, given.transition, walk) }))
    const law = () => MarkovChain(tensors(given).chain)
    expect(scalar(() => law().entropy())).toBeCloseTo(-all.reduce((sum, { log }) => sum + Math.exp(log) * log, 0), 5)
    const [means, variances] = [compute(() => law().mean()).values, compute(() => law().variance()).values]
    for (let t = 0; t < 4; t++) {
      const moment = (f: (s: number) => number): number =>
        all.reduce((sum, { walk, log }) => sum + Math.exp(log) * f(walk[t] as number), 0)
      const mean = moment((s) => s)
      expect(means[t]).toBeCloseTo(mean, 5)
      expect(variances[t]).toBeCloseTo(
        moment((s) => (s - mean) ** 2),
        5
      )
    }
  })

  it("of one step is a label", () => {
    const law = () =>
      MarkovChain({ ...tensors(caseOf({ k: 3, steps: 1, numbers: [0, 1, 2, ...Array<number>(27).fill(0)] })).chain })
    const probs = [0, 1, 2].map((s) => Math.exp(scalar(() => law().logProb(tf.tensor1d([s])))))
    expect(probs).toEqual(logSoftmax([0, 1, 2]).map((log) => expect.closeTo(Math.exp(log), 6)))
    expect(scalar(() => law().entropy())).toBeCloseTo(-probs.reduce((sum, p) => sum + p * Math.log(p), 0), 5)
  })
})
