// MNIST behind a discrete code: 20 coins, and 20 labels of ten kinds. The plan takes the score function by itself; every other estimator that applies trains the same model from the same seed beside it.
import { Effect } from "effect"
import {
  at,
  Bernoulli,
  Categorical,
  Data,
  disarm,
  measureValued,
  model,
  Net,
  param,
  reshape,
  stack,
  unorderedSet
} from "../../src/index.ts"
import { curves } from "../figures.ts"
import { example, first } from "./run.ts"

const [toCoins, fromCoins] = [Net.mlp([784, 200, 20]), Net.mlp([20, 200, 784])]
const coins = model(Bernoulli({ probs: 0.5 }).iid(20), (z) => Bernoulli({ logits: fromCoins(z) })).guide((x) =>
  Bernoulli({ logits: toCoins(x) })
)

const [toLabels, fromLabels] = [Net.mlp([784, 200, 200]), Net.mlp([200, 200, 784])]
const evenly = Categorical({ logits: stack([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) })
/** Each kind is ten numbers, which are learned: at first a 1 at its own place. */
const ones = Array.from({ length: 100 }, (_, i) => (i % 11 === 0 ? 1 : 0))
const labels = model(evenly.iid(20), (z) =>
  Bernoulli({ logits: fromLabels(reshape(at(param("kinds", [10, 10], ones), z), [200])) })
).guide((x) => Categorical({ logits: reshape(toLabels(x), [20, 10]) }))

/** So many draws in a step that the decoder is evaluated four times, or as often as one draw takes: once more for each coin or label. */
const codes = [
  {
    name: "coins",
    code: coins,
    others: [
      { estimator: disarm, particles: 2, evaluations: 4 },
      { estimator: measureValued, particles: 1, evaluations: 21 }
    ]
  },
  { name: "labels", code: labels, others: [{ estimator: unorderedSet, particles: 1, evaluations: 21 }] }
]

await example("discrete-latents", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const bits = Data.binarize(first(train, quick ? 256 : 20_000).images, { seed: 0 })
    const validation = Data.binarize(test.images, { seed: 1 })
    const options = { ...fitting(5, 64), learningRate: 2e-3, validation }
    for (const { name, code, others } of codes) {
      const points: Array<{ readonly name: string; readonly x: number; readonly y: number }> = []
      const keep = (name: string, evaluations: number, history: ReadonlyArray<{ epoch: number; test?: number }>) => {
        for (const { epoch, test = Number.NaN } of history)
          points.push({ name: `${name} (${evaluations})`, x: epoch, y: -test })
        return points.at(-1)?.y ?? Number.NaN
      }
      const planned = yield* code.fit(bits, { ...options, particles: 4 })
      const chosen = planned.explain().sites.find(({ site }) => site === "z")?.gradient ?? "none"
      const automatic = keep(`${chosen}, automatic`, 4, planned.history)
      const finals: Array<number> = []
      for (const { estimator, particles, evaluations } of others) {
        const { history } = yield* code.fit(bits, { ...options, particles, estimators: { z: estimator } })
        finals.push(keep(estimator.name, evaluations, history))
      }
      check(`${name}: test ELBO of the automatic choice, nats per image`, automatic, "at least", -145)
      check(`${name}: the same, over the best of the others`, automatic - Math.max(...finals), "at least", -5)
      yield* picture(name, (path) =>
        curves(path, {
          points,
          x: "epoch",
          y: "test ELBO, nats per image",
          title: `MNIST behind 20 ${name}, by the estimator (and the decoder's evaluations of an image in a step)`
        })
      )
    }
  })
)
