import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../src/model/Site.ts"
import { sigmoid as logistic } from "../../src/tensor/ops/ofOne.ts"
import { mul } from "../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { coin, logSumExp, normal, sigmoid, softmax } from "../support/closedForms.ts"
import { cpu, engines, failure, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const vector = (x: ReadonlyArray<number>) => Tensor.of([x.length], tf.tensor1d([...x])) as Tensor<readonly [number]>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)
const pick = (values: ReadonlyArray<number>, k: Scalar): Scalar =>
  scalar(tf.gather(tf.tensor1d([...values]), tf.cast(tf.reshape(k, []), "int32")))

/** log p(x) of two rows with z ~ N(4k, 1), x ~ N(z, 1), k ~ Bernoulli(0.25). */
const right = (x: ReadonlyArray<number>): number =>
  logSumExp(
    [0, 4].map(
      (m, k) => Math.log(k === 0 ? 0.75 : 0.25) + x.reduce((sum, each) => sum + normal(each, m, Math.SQRT2), 0)
    )
  )

/** One step of plain gradient descent of rate 1: the loss, and the gradient that it took. */
const oneStep = async (
  guided: { readonly fit: (data: never, options: never) => Effect.Effect<unknown, unknown, unknown> },
  data: unknown,
  options: object = {}
) => {
  const fit = (learningRate: number) =>
    run(
      guided.fit(
        data as never,
        { epochs: 1, batchSize: 1000, progress: false, optimizer: Optimizer.sgd(learningRate), ...options } as never
      ) as never,
      cpu
    ) as Promise<{
      readonly parameters: Readonly<Record<string, Float32Array>>
      readonly history: ReadonlyArray<{ readonly train: number }>
    }>
  const [still, moved] = [await fit(1e-12), await fit(1)]
  return {
    loss: still.history[0]?.train ?? Number.NaN,
    gradient: (name: string) =>
      [...(moved.parameters[name] ?? [])].map((x, i) => (still.parameters[name]?.[i] ?? Number.NaN) - x)
  }
}

/** central differences of a function of several numbers */
const slopes = (f: (x: ReadonlyArray<number>) => number, at: ReadonlyArray<number>): ReadonlyArray<number> =>
  at.map((_, i) => {
    const moved = (by: number) => f(at.map((x, j) => (i === j ? x + by : x)))
    return (moved(1e-4) - moved(-1e-4)) / 2e-4
  })
const close = (found: ReadonlyArray<number>, right: ReadonlyArray<number>, digits = 4) => {
  expect(found.length).toBe(right.length)
  found.forEach((x, i) => void expect(x).toBeCloseTo(right[i] ?? Number.NaN, digits))
}

describe("a discrete site with a guide is summed over its values", () => {
  const means = [-1, 0.5, 2]
  const mixture = program(
    Effect.gen(function* () {
      const k = yield* sample("k", Categorical({ probs: vector([0.2, 0.3, 0.5]) }))
      yield* observe("x", Normal(pick(means, k), 1))
    })
  )
  const guided = mixture.guide(() => ({ k: Categorical({ logits: param("logits", [3]) }) }))
  const data = { x: tf.scalar(0.7) }
  const negativeElbo = (logits: ReadonlyArray<number>): number => {
    const q = softmax(logits)
    const prior = [0.2, 0.3, 0.5]
    return q.reduce(
      (sum, each, k) => sum + each * (Math.log(each) - Math.log(prior[k] ?? 0) - normal(0.7, means[k] ?? 0, 1)),
      0
    )
  }

  test("exactly: loss and gradient are those of the sum, and the plan says so", async () => {
    const { loss, gradient } = await oneStep(guided, data)
    expect(loss).toBeCloseTo(negativeElbo([0, 0, 0]), 5)
    close(gradient("logits"), slopes(negativeElbo, [0, 0, 0]))
    const plan = guided.explain(data as never)
    expect(plan.sites[0]).toMatchObject({ gradient: "enumerated", kl: "analytic" })
    expect(plan.sites[0]?.because).toContain("3 values")
  })

  test("so that a fit reaches the posterior", async () => {
    const fitted = await run(guided.fit(data as never, { epochs: 3000, learningRate: 0.05, progress: false }), cpu)
    const logs = means.map((mean, k) => Math.log([0.2, 0.3, 0.5][k] ?? 0) + normal(0.7, mean, 1))
    close(softmax([...(fitted.parameters["logits"] ?? [])]), softmax(logs), 3)
    expect(-(fitted.history.at(-1)?.train ?? 0)).toBeCloseTo(logSumExp(logs), 4)
  })

  test("and draws of its posterior are values, as many as were asked for", async () => {
    const fitted = await run(guided.fit(data as never, { epochs: 1, progress: false }), cpu)
    const { k } = await run(fitted.posterior(data as never, 300), cpu)
    const counts = [0, 1, 2].map((each) => k.values.filter((x) => x === each).length)
    expect(counts.reduce((a, b) => a + b)).toBe(300)
    for (const count of counts) expect(count).toBeGreaterThan(70)
  })

  test("unless the score function is asked for", () => {
    expect(guided.explain(data as never, { estimators: { k: score } }).sites[0]?.gradient).toBe("score function")
  })

  test("unless its values are too many, which the plan says", () => {
    const coins = program(
      Effect.gen(function* () {
        const z = yield* sample("z", Bernoulli({ probs: 0.5 }).iid(20))
        yield* observe("x", Normal(scalar(tf.sum(z)), 1))
      })
    ).guide(() => ({ z: Bernoulli({ logits: param("logits", [20]) }) }))
    const [z] = coins.explain(data as never).sites
    expect(z?.gradient).toBe("score function")
    expect(z?.because).toContain("1048576 values are too many")
  })
})

describe("a coin outside of a plate", () => {
  const rows = Array.from({ length: 40 }, (_, i) => 0.3 + Math.sin(i * 1.7))
  const guided = program(
    Effect.gen(function* () {
      const c = yield* sample("c", Bernoulli({ probs: 0.5 }))
      yield* plate("rows", (_: object) => observe("y", Normal(scalar(tf.mul(0.3, c)), 1)))
    })
  ).guide(() => ({ c: Bernoulli({ logits: param("logit", 0) }) }))
  const data = { rows: { y: Dataset.of(rows, []) } }
  const posterior = rows.reduce((sum, y) => sum + normal(y, 0.3, 1) - normal(y, 0, 1), 0)

  test("reaches its posterior logit with all rows", async () => {
    const fitted = await run(
      guided.fit(data as never, { epochs: 2000, batchSize: 40, learningRate: 0.02, progress: false }),
      cpu
    )
    expect(fitted.parameters["logit"]?.[0]).toBeCloseTo(posterior, 3)
  })

  test("has the whole gradient as the mean of those of its minibatches", async () => {
    const whole = await oneStep(guided, data)
    const steps = await run(
      guided.fit(data as never, { epochs: 1, batchSize: 4, progress: false, optimizer: Optimizer.sgd(1e-4) }),
      cpu
    )
    // ten small steps of gradient descent from 0, each of which stands for all rows
    const mean = -(steps.parameters["logit"]?.[0] ?? 0) / 10 / 1e-4
    expect(mean).toBeCloseTo(whole.gradient("logit")[0] ?? Number.NaN, 2)
  })
})

describe("sites of a guide that depend on each other", () => {
  const length = 6
  const ys = [0.4, -1.2, 2.1, 0.3, 1.7, -0.5]
  const chain = program(
    Effect.gen(function* () {
      let before: Scalar = scalar(tf.scalar(0))
      for (let t = 0; t < length; t++) {
        before = yield* sample(`z${t}`, Bernoulli({ logits: scalar(tf.sub(tf.mul(1.5, before), 0.7)) }))
        yield* observe(`y${t}`, Normal(scalar(tf.mul(2, before)), 1))
      }
    })
  )
  const guided = chain.guideWith(
    () =>
      Effect.gen(function* () {
        let before: Scalar = scalar(tf.scalar(0))
        for (let t = 0; t < length; t++) {
          const logits = scalar(tf.add(tf.mul(param("slope", 0.8), before), tf.mul(param("own", 0.3), ys[t] ?? 0)))
          before = yield* sample(`z${t}`, Bernoulli({ logits }))
        }
      }) as never
  )
  const data = Object.fromEntries(ys.map((y, t) => [`y${t}`, tf.scalar(y)]))
  const negativeElbo = ([slope = 0, own = 0]: ReadonlyArray<number>): number => {
    let sum = 0
    for (let code = 0; code < 2 ** length; code++) {
      let [logQ, logP, before] = [0, 0, 0]
      ys.forEach((y, t) => {
        const z = (code >> t) & 1
        logQ += coin(z, slope * before + own * y)
        logP += coin(z, 1.5 * before - 0.7) + normal(y, 2 * z, 1)
        before = z
      })
      sum += Math.exp(logQ) * (logQ - logP)
    }
    return sum
  }

  test("are summed out along their chain: loss and gradient equal the sum over all 64 combinations", async () => {
    const { loss, gradient } = await oneStep(guided, data)
    expect(loss).toBeCloseTo(negativeElbo([0.8, 0.3]), 4)
    close([...gradient("slope"), ...gradient("own")], slopes(negativeElbo, [0.8, 0.3]), 3)
  })
})

describe("an enumerated site beside sampled ones", () => {
  // k ~ coin, z | k ~ N(±1, 1), x ~ N(z, 0.5)
  const both = program(
    Effect.gen(function* () {
      const k = yield* sample("k", Bernoulli({ probs: 0.4 }))
      const z = yield* sample("z", Normal(scalar(tf.sub(tf.mul(2, k), 1)), 1))
      yield* observe("x", Normal(z, 0.5))
    })
  )
  const guided = both.guideWith(() =>
    Effect.gen(function* () {
      const k = yield* sample("k", Bernoulli({ logits: param("logit", 0.5) }))
      yield* sample("z", Normal(scalar(tf.add(param("base", 0.2), tf.mul(param("shift", 0.3), k))), 0.7))
    })
  )
  const data = { x: tf.scalar(0.7) }
  const negativeElbo = ([logit = 0, base = 0, shift = 0]: ReadonlyArray<number>): number =>
    [0, 1].reduce((sum, k) => {
      const [q, p] = [sigmoid(k === 1 ? logit : -logit), k === 1 ? 0.4 : 0.6]
      const [m, s, prior] = [base + shift * k, 0.7, 2 * k - 1]
      const kl = -Math.log(s) + (s * s + (m - prior) ** 2) / 2 - 0.5
      const likelihood = normal(0.7, m, 0.5) - (s * s) / (2 * 0.25)
      return sum + q * (Math.log(q) - Math.log(p) + kl - likelihood)
    }, 0)
  const right = slopes(negativeElbo, [0.5, 0.2, 0.3])

  test.each([
    ["along the path", {}],
    ["by the score function", { z: score }]
  ])("%s: the mean gradient is exact", async (_, estimators) => {
    const particles = 40_000
    const found = await oneStep(guided, data, { particles, estimators })
    expect(found.loss).toBeCloseTo(negativeElbo([0.5, 0.2, 0.3]), 1)
    const gradient = ["logit", "base", "shift"].flatMap((name) => found.gradient(name))
    // the standard deviation of one particle's gradient is below 6 here
    gradient.forEach(
      (x, i) => void expect(Math.abs(x - (right[i] ?? Number.NaN))).toBeLessThan((4 * 6) / Math.sqrt(particles))
    )
    const verified = await run(guided.verify(data as never, { estimators, steps: 400 } as never), cpu)
    expect(verified.ok).toBe(true)
  })
})

describe("a site of the model that is enumerated is summed out of log p(x)", () => {
  const ys = [-1.1, 0.2, 3.3, 2.9]
  const weights = [0.3, 0.7]

  test("in each row of a plate, on every engine", async () => {
    const mixture = program(
      plate("rows", (_: object) =>
        Effect.gen(function* () {
          const k = yield* enumerate("k", Categorical({ probs: vector(weights) }))
          yield* observe("y", Normal(scalar(tf.add(tf.mul(3, k), param("shift", 0.1))), 1))
        })
      )
    ).guide(() => ({}))
    const data = { rows: { y: Dataset.of(ys, []) } }
    const exact = ([shift = 0]: ReadonlyArray<number>): number =>
      -ys.reduce((sum, y) => sum + logSumExp(weights.map((w, k) => Math.log(w) + normal(y, 3 * k + shift, 1))), 0)
    const { loss, gradient } = await oneStep(mixture, data)
    expect(loss).toBeCloseTo(exact([0.1]), 4)
    close(gradient("shift"), slopes(exact, [0.1]), 3)
    const ends = []
    for (const [, engine] of engines) {
      const fitted = await run(
        mixture.fit(data as never, { epochs: 200, batchSize: 2, progress: false, seed: 3 }),
        engine
      )
      ends.push(fitted.parameters["shift"]?.[0] ?? Number.NaN)
    }
    expect(ends[1]).toBeCloseTo(ends[0] ?? Number.NaN, 4)
    expect(mixture.explain(data as never).sites[0]).toMatchObject({ site: "k", gradient: "enumerated" })
  })

  test("outside of a plate, whose rows are then read whole", async () => {
    const shared = program(
      Effect.gen(function* () {
        const k = yield* enumerate("k", Categorical({ probs: vector(weights) }))
        yield* plate("rows", (_: object) => observe("y", Normal(scalar(tf.mul(3, k)), 1)))
      })
    ).guide(() => ({}))
    const data = { rows: { y: Dataset.of(ys, []) } }
    const { loss } = await oneStep(shared, data)
    const right = logSumExp(weights.map((w, k) => Math.log(w) + ys.reduce((sum, y) => sum + normal(y, 3 * k, 1), 0)))
    expect(-loss).toBeCloseTo(right, 4)
    const refused = await failure(shared.fit(data as never, { batchSize: 2, progress: false }), cpu)
    expect(refused).toMatchObject({ _tag: "InvalidOption", option: "batchSize" })
    expect(String((refused as Error).message)).toContain("summed out")
  })

  test("along a chain and a tree, as by the sum over all combinations", async () => {
    const tree = program(
      Effect.gen(function* () {
        const root = yield* enumerate("root", Bernoulli({ probs: 0.3 }))
        let before = root
        for (let t = 0; t < 4; t++) {
          before = yield* enumerate(`z${t}`, Bernoulli({ logits: scalar(tf.sub(tf.mul(2, before), 1)) }))
          yield* observe(`y${t}`, Normal(before, 1))
          const leaf = yield* enumerate(`leaf${t}`, Bernoulli({ logits: scalar(tf.sub(tf.mul(3, root), 1)) }))
          yield* observe(`x${t}`, Normal(scalar(tf.mul(2, leaf)), 1))
        }
      })
    ).guide(() => ({}) as never)
    const data = Object.fromEntries(
      [0, 1, 2, 3].flatMap((t) => [
        [`y${t}`, tf.scalar(ys[t] ?? 0)],
        [`x${t}`, tf.scalar(-(ys[t] ?? 0) / 2)]
      ])
    )
    const all = Array.from({ length: 2 ** 9 }, (_, code) => {
      const bit = (i: number) => (code >> i) & 1
      const root = bit(8)
      let [sum, before] = [Math.log(root === 1 ? 0.3 : 0.7), root]
      for (let t = 0; t < 4; t++) {
        sum += coin(bit(t), 2 * before - 1) + normal(ys[t] ?? 0, bit(t), 1)
        sum += coin(bit(4 + t), 3 * root - 1) + normal(-(ys[t] ?? 0) / 2, 2 * bit(4 + t), 1)
        before = bit(t)
      }
      return sum
    })
    const { loss } = await oneStep(tree, data)
    expect(-loss).toBeCloseTo(logSumExp(all), 4)
  })

  test("where it chooses the prior of a latent site, and under IWAE", async () => {
    const prior = program(
      Effect.gen(function* () {
        const k = yield* enumerate("k", Bernoulli({ probs: 0.25 }))
        const z = yield* sample("z", Normal(scalar(tf.mul(4, k)), 1))
        yield* observe("x", Normal(z, 1))
      })
    ).guide(() => ({ z: Normal(param("loc", 1), param.positive("scale", 1)) }))
    const data = { x: tf.scalar(1.3) }
    const right = logSumExp([Math.log(0.75) + normal(1.3, 0, Math.SQRT2), Math.log(0.25) + normal(1.3, 4, Math.SQRT2)])
    const plan = prior.explain(data as never)
    expect(plan.sites.find(({ site }) => site === "z")).toMatchObject({ kl: "sampled", gradient: "reparameterized" })
    const fitted = await run(
      prior.fit(data as never, { epochs: 1500, particles: 16, learningRate: 0.01, progress: false }),
      cpu
    )
    const { elbo, kl } = await run(fitted.elboParts(data as never, { particles: 4000 }), cpu)
    expect(elbo).toBeLessThan(right + 0.02)
    expect(elbo).toBeGreaterThan(right - 0.2)
    expect(kl).toBeGreaterThan(0)
    expect(await run(fitted.logMarginal(data as never, { particles: 20_000 }), cpu)).toBeCloseTo(right, 1)
    const iwae = await oneStep(prior, data, { particles: 20_000, objective: Objective.iwae })
    expect(-iwae.loss).toBeCloseTo(right, 1)
  })

  test("where it chooses the priors of the rows of a plate: each term is there once, and their sum is the loss", async () => {
    const guided = program(
      Effect.gen(function* () {
        const k = yield* enumerate("k", Bernoulli({ probs: 0.25 }))
        yield* plate("rows", () =>
          Effect.gen(function* () {
            const z = yield* sample("z", Normal(scalar(tf.mul(4, k)), 1))
            yield* observe("x", Normal(z, 1))
          })
        )
      })
    ).guideWith(() => plate("rows", () => sample("z", Normal(0.5, 0.8))))
    const [x, particles] = [[1.3, -0.2], 20_000]
    const data = { rows: { x: Dataset.of(x, []) } }
    const fitted = await run(guided.fit(data as never, { epochs: 1, progress: false }), cpu)
    const { elbo, reconstruction, kl } = await run(fitted.elboParts(data as never, { particles, seed: 2 }), cpu)
    // E_q[log N(x; z, 1)] = log N(x; m, 1) − s²/2, and −E_q[log q] is the entropy of a normal
    const likelihood = x.reduce((sum, each) => sum + normal(each, 0.5, 1) - 0.32, 0)
    expect(Math.abs(reconstruction + likelihood)).toBeLessThan(0.05)
    expect(elbo).toBeCloseTo(-reconstruction - kl, 3)
    expect(elbo).toBeLessThan(right(x))
    // E_q[log Σₖ p(k) Π N(zᵢ; 4k, 1)], by the midpoint rule over both draws
    const grid = Array.from({ length: 400 }, (_, i) => 0.5 + 0.8 * ((i + 0.5) / 25 - 8))
    const weight = (z: number): number => Math.exp(normal(z, 0.5, 0.8)) * (0.8 / 25)
    let prior = 0
    for (const a of grid)
      for (const b of grid)
        prior +=
          weight(a) *
          weight(b) *
          logSumExp([
            Math.log(0.75) + normal(a, 0, 1) + normal(b, 0, 1),
            Math.log(0.25) + normal(a, 4, 1) + normal(b, 4, 1)
          ])
    const entropy = 2 * (0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(0.8))
    expect(Math.abs(kl + prior + entropy)).toBeLessThan(0.05)
  })

  test("an impossible value has probability 0 and a gradient that is a number", async () => {
    const known = program(
      Effect.gen(function* () {
        const k = yield* enumerate("k", Categorical({ probs: vector([1, 0]) }))
        yield* observe("x", Normal(scalar(tf.add(tf.mul(3, k), param("shift", 0.5))), 1))
      })
    ).guide(() => ({}))
    const { loss, gradient } = await oneStep(known, { x: tf.scalar(1) })
    expect(-loss).toBeCloseTo(normal(1, 0.5, 1), 5)
    expect(gradient("shift")[0]).toBeCloseTo(-0.5, 5)
  })

  test("sites in plates that cross are refused in words when they meet", async () => {
    const crossed = program(
      plate("users", (_: object) =>
        Effect.gen(function* () {
          const a = yield* enumerate("a", Bernoulli({ probs: 0.5 }))
          yield* plate("items", (_: object) => observe("y", Normal(a, 1)))
        })
      )
    ).guide(() => ({}))
    // one inside of the other is no crossing: the rows of the inner plate are added up for each value
    const data = { users: { u: Dataset.of([0, 0], []) }, items: { y: Dataset.of([0.3, 1.2, -0.4], []) } }
    const { loss } = await oneStep(crossed, data)
    const each = logSumExp([0, 1].map((a) => Math.log(0.5) + [0.3, 1.2, -0.4].reduce((s, y) => s + normal(y, a, 1), 0)))
    expect(-loss).toBeCloseTo(2 * each, 4)
  })
})

describe("factors and deterministic sites", () => {
  test("a factor adds its log density, once for each row of its plate", async () => {
    const penalised = program(
      Effect.gen(function* () {
        const w = yield* sample("w", Normal(0, 1))
        yield* factor("penalty", scalar(tf.mul(-0.5, tf.square(w))))
        yield* plate("rows", (row: { readonly x: Scalar }) =>
          factor("each", scalar(tf.mul(-0.5, tf.square(tf.sub(w, row.x)))))
        )
      })
    ).guide(() => ({ w: Normal(param("loc", 0.5), param.positive("scale", 0.4)) }))
    const data = { rows: { x: Dataset.of([1, 2], []) } }
    const fitted = await run(
      penalised.fit(data as never, { epochs: 4000, particles: 8, learningRate: 0.01, progress: false }),
      cpu
    )
    // N(0, 1) · exp(−w²/2) · exp(−(w − 1)²/2 − (w − 2)²/2): precision 4, mean 3/4
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(0.75, 1)
    expect(fitted.parameter("scale")[0]).toBeCloseTo(0.5, 1)
    expect(penalised.explain(data as never).sites.map(({ model }) => model)).toContain("factor")
  })

  test("a factor of more than one number is refused with its name", async () => {
    const wrong = program(factor("penalty", vector([1, 2]) as never)).guide(() => ({}))
    const refused = await failure(wrong.fit({} as never, { progress: false }), cpu)
    expect(refused).toMatchObject({ _tag: "ShapeMismatch", site: "penalty" })
  })

  test("a deterministic value stands in the posterior", async () => {
    const named = program(
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* deterministic("double", scalar(tf.mul(2, z)))
        yield* observe("x", Normal(z, 1))
      })
    ).guide(() => ({ z: Normal(1, 0.5) }))
    const data = { x: tf.scalar(1) }
    const fitted = await run(named.fit(data as never, { epochs: 1, progress: false }), cpu)
    const draws = (await run(fitted.posterior(data as never, 50), cpu)) as never as Record<
      string,
      { values: Float32Array }
    >
    expect([...(draws["double"]?.values ?? [])]).toEqual([...(draws["z"]?.values ?? [])].map((z) => Math.fround(2 * z)))
  })
})

describe("draws of sites that were summed out", () => {
  test("are those of their posterior, given the draws of the others, in each row and along a chain", async () => {
    const ys = [-0.4, 0.9, 2.2]
    const hidden = program(function* () {
      const first = yield* enumerate("first", Bernoulli({ probs: 0.3 }))
      const second = yield* enumerate("second", Bernoulli({ logits: scalar(tf.sub(tf.mul(3, first), 1)) }))
      yield* observe("x", Normal(scalar(tf.add(first, second)), 0.7))
      yield* plate("rows", function* () {
        const k = yield* enumerate("k", Categorical({ probs: vector([0.2, 0.5, 0.3]) }))
        yield* observe("y", Normal(scalar(tf.add(k, second)), 1))
      })
    }).guide(() => ({}) as never)
    const data = { x: tf.scalar(1.2), rows: { y: Dataset.of(ys, []) } }
    const fitted = await run(hidden.fit(data as never, { epochs: 1, batchSize: 3, progress: false }), cpu)
    const n = 4000
    type Drawn = { readonly values: Float32Array; readonly shape: ReadonlyArray<number> }
    const draws = (await run(fitted.posterior(data as never, n), cpu)) as never as Record<string, Drawn> & {
      readonly rows: Record<string, Drawn>
    }
    const pairs = [0, 1].flatMap((a) =>
      [0, 1].map((b) => {
        const prior = Math.log(a === 1 ? 0.3 : 0.7) + coin(b, 3 * a - 1) + normal(1.2, a + b, 0.7)
        const likelihood = ys.map((y) => logSumExp([0.2, 0.5, 0.3].map((w, k) => Math.log(w) + normal(y, k + b, 1))))
        return { a, b, log: prior + likelihood.reduce((x, y) => x + y, 0) }
      })
    )
    const total = logSumExp(pairs.map((each) => each.log))
    for (const { a, b, log } of pairs) {
      const right = Math.exp(log - total)
      const seen = Array.from(
        { length: n },
        (_, i) => draws["first"]?.values[i] === a && draws["second"]?.values[i] === b
      )
      const share = seen.filter(Boolean).length / n
      expect(Math.abs(share - right)).toBeLessThan(4 * Math.sqrt((right * (1 - right)) / n) + 1e-9)
    }
    expect(draws.rows["k"]?.shape).toEqual([n, 3])
    ys.forEach((y, row) => {
      const right = [0, 1, 2].map((k) =>
        pairs.reduce((sum, { b, log }) => {
          const own = [0.2, 0.5, 0.3].map((w, j) => Math.log(w) + normal(y, j + b, 1))
          return sum + Math.exp(log - total + (own[k] ?? 0) - logSumExp(own))
        }, 0)
      )
      right.forEach((p, k) => {
        const share =
          Array.from({ length: n }, (_, i) => draws.rows["k"]?.values[3 * i + row]).filter((x) => x === k).length / n
        expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n))
      })
    })
  })
})

test("a value that is impossible under one choice leaves the gradient finite: a detection where nobody may be", async () => {
  const seen = [0, 1, 0, 1, 1]
  const occupied = program(function* () {
    const p = logistic(param("odds", Math.log(0.3 / 0.7)))
    yield* plate("sites", function* () {
      const here = yield* enumerate("here", Bernoulli({ probs: 0.6 }))
      yield* observe("y", Bernoulli({ probs: mul(here, p) }))
    })
  }).guide(() => ({}))
  const data = { sites: { y: Dataset.of(seen, [], "boolean") } }
  // log p is that of five throws of a coin of 0.6 p
  const loss = (p: number): number => -seen.reduce((sum, y) => sum + Math.log(y === 1 ? 0.6 * p : 1 - 0.6 * p), 0)
  const { loss: found, gradient } = await oneStep(occupied, data)
  expect(found).toBeCloseTo(loss(0.3), 4)
  // by its log odds
  const slope = ((loss(0.3 + 1e-5) - loss(0.3 - 1e-5)) / 2e-5) * 0.3 * 0.7
  close(gradient("odds"), [slope])
})
