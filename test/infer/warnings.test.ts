import * as tf from "@tensorflow/tfjs"
import { Effect, Layer } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Laplace } from "../../src/dist/Laplace.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { MultivariateNormal } from "../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { Engine } from "../../src/engine/Engine.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { type Progress, report } from "../../src/infer/fit/progress.ts"
import type { Warning } from "../../src/infer/fit/warnings.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, generator, normals, run, type Source, watched } from "./harness.ts"

type Scalar = Tensor<readonly []>
type Fit = { readonly fit: (data: never, options: FitOptions) => ReturnType<ReturnType<typeof vaeOf>["fit"]> }

/** The events of a fit, and those of its warnings that have a kind. */
const eventsOf = async (fittable: unknown, data: unknown, options: FitOptions, source?: Source) => {
  const events: Array<Progress<unknown>> = []
  await run((fittable as Fit).fit(data as never, { ...options, progress: (event) => void events.push(event) }), source)
  return events
}
const warningsOf = async (fittable: unknown, data: unknown, options: FitOptions, source?: Source) =>
  (await eventsOf(fittable, data, options, source)).flatMap((event) =>
    event._tag === "Warning" ? [event.warning] : []
  )
const kinds = (warnings: ReadonlyArray<Warning>): ReadonlyArray<string> => warnings.map(({ kind }) => kind)
const fast = (epochs: number, rate: number): FitOptions => ({ epochs, optimizer: Optimizer.adam(rate) })

const vaeOf = (units: number) => {
  const [decoder, encoder] = [Net.mlp([units, 8, 6]), Net.mlp([6, 8, 2 * units])]
  return model(Normal(0, 1).iid(units), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
    Normal.fromLocLogVariance(encoder(x) as never)
  )
}
const next = generator(3)
const images = Dataset.of(
  Float32Array.from({ length: 240 }, () => (next() < 0.4 ? 1 : 0)),
  [6],
  "boolean"
)

describe.each(engines)("a density without bound: %s", (_, source) => {
  /** three pixels, of which the second is always 0.5 */
  const pixels = Dataset.of(
    Float32Array.from(normals(2, 120), (x, i) => (i % 3 === 1 ? 0.5 : x)),
    [3]
  )

  test("a learned scale of a constant pixel is named, with its first and its present value", async () => {
    const constant = model(Normal(0, 1), () =>
      Normal(Tensor.of([3], tf.tensor1d([0, 0.5, 0])), param.positive("sigma", [3], 2))
    ).guide(() => Normal(param("m", 0.5), 1))
    const found = await warningsOf(constant, pixels, fast(400, 0.1), source)
    expect(found).toContainEqual(expect.objectContaining({ kind: "vanishingParameter", parameter: "sigma" }))
    const site = found.find(({ kind }) => kind === "unboundedDensity")
    expect(site).toMatchObject({ site: "x", first: expect.closeTo(2, 5) })
    if (site?.kind !== "unboundedDensity") throw new Error("no such warning")
    expect(site.value).toBeLessThan(2e-6)
    expect(site.value).toBeGreaterThan(0)
    expect(site.message).toContain("the scale of the observed site 'x' runs to 0: it was 2 and is ")
    expect(site.message).toContain("give scales a floor")
  })

  test("so is one that a net makes, though no parameter runs to 0", async () => {
    const net = Net.mlp([1, 3], { name: "logScale" })
    const made = model(Normal(0, 1), () =>
      Laplace(Tensor.of([3], tf.tensor1d([0, 0.5, 0])), Tensor.of([3], tf.exp(net(Tensor.of([1], tf.ones([1]))))))
    ).guide(() => Normal(param("m", 0.5), 1))
    const found = await warningsOf(made, pixels, fast(300, 0.05), source)
    expect(found).toContainEqual(expect.objectContaining({ kind: "unboundedDensity", site: "x" }))
    expect(kinds(found)).not.toContain("vanishingParameter")
  })

  test("a scale that is learned from data that differ gives no word", async () => {
    const healthy = model(Normal(0, 1), () => Normal(Tensor.of([3], tf.zeros([3])), param.positive("sigma", 2))).guide(
      () => Normal(param("m", 0.5), 1)
    )
    const found = await warningsOf(healthy, Dataset.of(normals(2, 120), [3]), fast(400, 0.1), source)
    expect(kinds(found).filter((kind) => kind !== "idleUnits")).toEqual([])
  })
})

/** An engine whose every call takes some milliseconds more, so that a fit has more calls of fewer steps. */
const slowed = (source: Source, milliseconds: number): Source =>
  Layer.effect(
    Engine,
    Effect.gen(function* () {
      const engine = yield* Engine
      return {
        ...engine,
        compile: (...how: Parameters<typeof engine.compile>) =>
          Effect.map(engine.compile(...how), (session) => ({
            ...session,
            run: (...call: Parameters<typeof session.run>) =>
              Effect.tap(session.run(...call), () => Effect.sleep(milliseconds))
          }))
      }
    })
  ).pipe(Layer.provide(source))

test("the same warnings come after the same epochs, however the steps fall into calls of the engine", async () => {
  const made = () =>
    model(Normal(0, 1), () => Normal(Tensor.of([3], tf.tensor1d([0, 0.5, 0])), param.positive("sigma", [3], 2))).guide(
      () => Normal(param("m", 0.5), 1)
    )
  const rows = Dataset.of(
    Float32Array.from(normals(2, 30), (x, i) => (i % 3 === 1 ? 0.5 : x)),
    [3]
  )
  const told = async (source: Source) => {
    const events = await eventsOf(made(), rows, { ...fast(130, 0.1), batchSize: 4 }, source)
    return events.flatMap((event) => (event._tag === "Warning" ? [event.warning.message] : []))
  }
  const [quick, slow] = [await told(cpu), await told(slowed(cpu, 45))]
  expect(quick.length).toBeGreaterThan(1)
  expect(slow).toEqual(quick)
})

test("the diagonal of a covariance is a scale as well", async () => {
  const rows = Dataset.of(
    Float32Array.from(normals(2, 80), (x, i) => (i % 2 === 0 ? 0.25 : x)),
    [2]
  )
  const flat = model(Normal(0, 1), () => {
    const root = tf.mul(tf.eye(2), tf.exp(param("log", [2])))
    return MultivariateNormal(Tensor.of([2], tf.tensor1d([0.25, 0])), { scaleTril: Tensor.of([2, 2], root) })
  }).guide(() => Normal(param("m", 0.5), 1))
  expect(await warningsOf(flat, rows, fast(400, 0.1))).toContainEqual(
    expect.objectContaining({ kind: "unboundedDensity", site: "x" })
  )
})

test("a component of a mixture that shrinks onto one value is seen by its density", async () => {
  const rows = Dataset.of([0.7, ...normals(4, 40)], [])
  const two = model(Normal(0, 1), () => {
    const scales = Tensor.of([2], tf.stack([tf.scalar(1), param.positive("narrow", 0.001)]))
    return Mixture({ logits: Tensor.of([2], tf.zeros([2])) }, Normal(Tensor.of([2], tf.tensor1d([0, 0.7])), scales))
  }).guide(() => Normal(param("m", 0.5), 1))
  const found = await warningsOf(two, rows, { ...fast(400, 0.1) })
  const site = found.find(({ kind }) => kind === "unboundedDensity")
  expect(site).toMatchObject({ of: "density", site: "x" })
  expect(site?.message).toContain("the density of the observed site 'x' runs to infinity")
})

test("a rate of counts that are all 0 runs to 0 as it should: its loss has a bound", async () => {
  const none = model(Normal(0, 1), () => Poisson({ rate: param.positive("rate", 1) })).guide(() =>
    Normal(param("m", 0.5), 1)
  )
  const found = await warningsOf(none, Dataset.of(new Float32Array(30), [], "count"), fast(600, 0.2))
  expect(kinds(found)).not.toContain("vanishingParameter")
})

describe("an extreme variance", () => {
  test.each([80, -80])("a log variance of %d is named", async (logVariance) => {
    const wild = model(Normal(0, 1).iid(1), (z) => Normal(z, 1)).guide((x) =>
      Normal.fromLocLogVariance(
        Tensor.of([2], tf.concat([tf.mul(param("a", 0), x), tf.reshape(param("b", logVariance), [1])]))
      )
    )
    const found = await warningsOf(wild, Dataset.of([1, 2, 3], [1]), { epochs: 2 })
    const word = found.find(({ kind }) => kind === "extremeVariance")
    expect(word).toMatchObject({ site: "z", logVariance: expect.closeTo(logVariance, 0) })
    expect(word?.message).toContain("beyond ±30")
    expect(kinds(found).includes("hugeLoss")).toBe(logVariance > 0)
  })

  test("log variances of ±25 give no word", async () => {
    for (const logVariance of [-25, 25]) {
      const wide = model(Normal(0, 1).iid(1), (z) => Normal(z, 1)).guide((x) =>
        Normal.fromLocLogVariance(
          Tensor.of([2], tf.concat([tf.mul(param("a", 0), x), tf.reshape(param("b", logVariance), [1])]))
        )
      )
      expect(kinds(await warningsOf(wide, Dataset.of([1, 2, 3], [1]), { epochs: 2 }))).toEqual([])
    }
  })
})

describe("a parameter that does not move", () => {
  test("is named once, and one that moves is not", async () => {
    const half = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.add(z, tf.mul(0, param("unused", 2)))), 1)).guide(
      (x) => Normal(Tensor.of([], tf.mul(param("a", 0.1), x)), param.positive("s", 1))
    )
    const found = await warningsOf(half, Dataset.of([1, -2, 3], []), { epochs: 5 })
    expect(found.filter(({ kind }) => kind === "unmovedParameter")).toEqual([
      expect.objectContaining({ parameter: "unused" })
    ])
  })
})

describe("latent units without information", () => {
  test("are listed by number: those that the likelihood does not read", async () => {
    const encoder = Net.mlp([2, 6])
    const partly = model(Normal(0, 1).iid(3), (z) =>
      Normal(Tensor.of([2], tf.tile(tf.slice(z, [1], [1]), [2])), 0.1)
    ).guide((x) => Normal.fromLocLogVariance(encoder(x)))
    const rows = Dataset.of(
      Float32Array.from(normals(4, 100), (_, i) => normals(5, 50)[i >> 1] ?? 0),
      [2]
    )
    const found = await warningsOf(partly, rows, { ...fast(80, 0.05), batchSize: 10 })
    const words = found.filter(({ kind }) => kind === "idleUnits")
    expect(words).toEqual([expect.objectContaining({ site: "z", units: [0, 2], of: 3 })])
    expect(words[0]?.message).toContain("2 of 3 numbers of site 'z' carry no information (0, 2)")
  })

  test("a site whose KL has no closed form is measured by its draws", async () => {
    const odd = (reads: boolean) =>
      program(
        Effect.gen(function* () {
          const s = yield* sample("s", LogNormal(0, 1))
          yield* plate("rows", (_row: { readonly y: Scalar }) =>
            observe("y", Normal(reads ? s : Tensor.of([], tf.scalar(0)), 0.1))
          )
        })
      ).guide(() => ({ s: LogNormal(param("m", reads ? 1 : 0.4), param.positive("w", 0.7)) }))
    const data = {
      rows: {
        y: Dataset.of(
          Float32Array.from(normals(4, 40), (x) => 3 + 0.1 * x),
          []
        )
      }
    }
    expect(kinds(await warningsOf(odd(false), data, { ...fast(300, 0.02), particles: 4 }))).toContain("idleUnits")
    expect(kinds(await warningsOf(odd(true), data, { ...fast(300, 0.02), particles: 4 }))).not.toContain("idleUnits")
  })

  test("one epoch is too short to say so", async () => {
    const none = model(Normal(0, 1), () => Normal(0, 1)).guide(() => Normal(param("m", 0), param.positive("s", 1)))
    expect(kinds(await warningsOf(none, Dataset.of([1, 2], []), { epochs: 1 }))).not.toContain("idleUnits")
  })
})

describe("known before the first step", () => {
  const counted = program(
    Effect.gen(function* () {
      const k = yield* sample("k", Bernoulli({ probs: 0.5 }).iid(9))
      yield* plate("rows", (_row: { readonly y: Scalar }) => observe("y", Normal(Tensor.of([], tf.sum(k)), 1)))
    })
  ).guide(() => ({ k: Bernoulli({ probs: param.unit("p", 0.4) }).iid(9) }))
  const rows = { y: Dataset.of([0.5, 1.5], []) }

  test("one particle with a score function, right after the start; several give no word", async () => {
    const [started, first] = await eventsOf(counted, { rows }, { epochs: 1 })
    expect(started?._tag).toBe("Started")
    expect(first).toMatchObject({ _tag: "Warning", warning: { kind: "oneParticle", site: "k" } })
    expect(first?._tag === "Warning" ? first.warning.message : "").toContain("{ particles: 4 }")
    expect(kinds(await warningsOf(counted, { rows }, { epochs: 1, particles: 4 }))).not.toContain("oneParticle")
  })

  test("a field of the rows that no site reads", async () => {
    const data = { rows: { ...rows, weigth: Dataset.of([1, 1], []) } }
    const found = await warningsOf(counted, data, { epochs: 1, particles: 4 })
    expect(found[0]).toMatchObject({ kind: "unreadData", plate: "rows", field: "weigth" })
  })
})

describe("the channel", () => {
  test("a healthy fit is silent", async () => {
    const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) =>
      Normal(Tensor.of([], tf.mul(param("a", 0.1), x)), param.positive("s", 1))
    )
    expect(await warningsOf(guided, Dataset.of(normals(3, 50), []), fast(40, 0.05))).toEqual([])
  })

  test.each([
    [1, 1],
    [7, 7],
    [20, 20],
    [45, 15],
    [200, 20]
  ])("%d epochs are looked at %d times, in one session that is closed with the fit's", async (epochs, times) => {
    const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) =>
      Normal(Tensor.of([], tf.mul(param("a", 0.1), x)), 1)
    )
    for (const [, source] of engines) {
      const { engine, sessions } = watched(source)
      const data = Dataset.of([1, 2, 3], [])
      await run(guided.fit(data, { epochs, progress: false, validation: data }), engine)
      expect(sessions).toHaveLength(3)
      // one more for the parameters before the first step
      expect(sessions[2]?.calls.length).toBe(times + 1)
      expect(sessions.every(({ open }) => !open)).toBe(true)
    }
  })

  test("each kind and name is printed once, in one line", () => {
    let text = ""
    const tell = report({ write: (part) => (text += part) })
    const warning = (epoch: number): Progress<unknown> => ({
      _tag: "Warning",
      warning: { kind: "unmovedParameter", parameter: "w", epoch, message: `the parameter 'w' … ${epoch}` }
    })
    tell(warning(1))
    tell(warning(2))
    expect(text).toBe("warning: the parameter 'w' … 1\n")
  })

  test("does not change what is learned", async () => {
    const vae = vaeOf(2)
    const [loud, quiet] = [
      await run(vae.fit(images, { epochs: 3, progress: () => {} })),
      await run(vae.fit(images, { epochs: 3, progress: false }))
    ]
    expect(loud.parameters).toEqual(quiet.parameters)
  })
})
