import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Masked } from "../../src/dist/combine/Masked.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Triangular } from "../../src/dist/Triangular.ts"
import { DuplicateSite, GuideMismatch, InvalidOption } from "../../src/Errors.ts"
import { reparameterized } from "../../src/infer/estimator/reparameterized.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "./harness.ts"
import { estimates, isUnbiased } from "./moments.ts"

type Scalar = Tensor<readonly []>
const quiet = { epochs: 1, progress: false, learningRate: 1e-9 } as const

describe("an op that may jump", () => {
  const guided = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.atan2(z, tf.scalar(-1))), 0.5)).guide(() =>
    Normal(param("m", 0.3), 0.8)
  )

  test("leaves the path, and the plan names it", () => {
    expect(guided.explain().sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("'atan2'")
    })
  })

  test("may be assumed not to jump by asking for the path, and then stands in the plan; a certain jump may not", () => {
    const divided = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.tanh(tf.div(1, z))), 0.5)).guide(() =>
      Normal(param("m", 0.3), 0.8)
    )
    expect(divided.explain({ estimators: { z: reparameterized } }).sites[0]?.because).toContain(
      "asked for, on the assumption that 'realDiv' (its denominator may be 0) on the path from its draw to the loss does not jump"
    )
    const stepping = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.sign(z)), 0.5)).guide(() =>
      Normal(param("m", 0.3), 0.8)
    )
    expect(() => stepping.explain({ estimators: { z: reparameterized } })).toThrow("goes through 'sign', which jumps")
  })

  test.each<readonly [string, (z: tf.Tensor) => tf.Tensor]>([
    ["sin z / z", (z) => tf.div(tf.sin(z), z)],
    ["expm1 z / z", (z) => tf.div(tf.expm1(z), z)]
  ])("such as the pole of %s, which can be removed: the path is asked for by the words of the plan", async (_, f) => {
    const pole = model(Normal(0, 1), (z) => Normal(Tensor.of([], f(z)), 0.5)).guide(() => Normal(param("m", 0.3), 0.8))
    const words = "ask for the path by name: estimators: { z: reparameterized }"
    expect(pole.explain().sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining(words)
    })
    const estimators = { z: reparameterized }
    expect(pole.explain({ estimators }).sites[0]?.because).toContain("asked for, on the assumption that 'realDiv'")
    expect(pole.explain({ estimators }).sites[0]?.because).not.toContain(words)
    const verification = await run(pole.verify(Dataset.of([0.7], []), { estimators }), onnx)
    expect(`${verification}`).toContain("agrees")
  })

  test("is asked for by a name that JavaScript takes, whatever the site is called", () => {
    const odd = program(
      Effect.map(sample("a b", Normal(0, 1)), (z) => z).pipe(
        Effect.flatMap((z) => observe("x", Normal(Tensor.of([], tf.div(1, z)), 1)))
      )
    ).guide(() => ({ "a b": Normal(param("m", 0.3), 1) }))
    expect(odd.explain({ x: tf.scalar(1) } as never).sites[0]?.because).toContain(
      'estimators: { "a b": reparameterized }'
    )
  })

  test("and the score function in its place has the gradient that quadrature gives", async () => {
    const log = (v: number, loc: number, scale: number): number =>
      -0.5 * ((v - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
    const loss = (m: number): number => {
      const n = 400_000
      let sum = 0
      for (let i = 0; i <= n; i++) {
        const e = -9 + (18 * i) / n
        const z = m + 0.8 * e
        sum += ((Math.exp(log(e, 0, 1)) * 18) / n) * (log(z, m, 0.8) - log(z, 0, 1) - log(0.7, Math.atan2(z, -1), 0.5))
      }
      return sum
    }
    const data = Dataset.of(new Float32Array(6000).fill(0.7), [])
    const found = await estimates((options) => guided.fit(data as never, options), {
      batchSize: 1,
      particles: 16,
      seed: 2
    })
    isUnbiased(found.of("m"), [(loss(0.32) - loss(0.28)) / 0.04])
  })
})

/** −ELBO of rows under N(0, 1) with no latent site: minibatches of a plate of any name must give the mean of the whole. */
const named = (name: string, site: string) =>
  program(
    Effect.gen(function* () {
      const w = yield* sample(site, Normal(0, 1))
      yield* plate(name, (_row: object) => observe("y", Normal(w, 1)))
    })
  )

describe("names of ours never meet the user's", () => {
  const rows = [0.5, -1, 2, 0.25, 1.5]
  const lossOf = async (name: string, site: string, particles: number) => {
    const guided = named(name, site).guide((() => ({ [site]: Normal(0.2, 1e-4) })) as never)
    const data = { [name]: { y: Dataset.of(rows, []) } } as never
    const fitted = await run(guided.fit(data, { ...quiet, batchSize: 2, particles, seed: 1 }), cpu)
    return [fitted.history[0]?.train ?? Number.NaN, await run(fitted.elbo(data, { seed: 1 }), cpu)] as const
  }

  test.each(["particle", "data", "loss", "plate:rows", "weights:rows", "a/b", "rows%2F", "__proto__", "constructor"])(
    "a plate and a site may be called %s",
    async (name) => {
      const [expected, bound] = await lossOf("rows", "w", 1)
      for (const particles of [1, 4]) {
        const [train, elbo] = await lossOf(name, "w", particles)
        expect(Math.abs(train - expected)).toBeLessThan(0.02)
        expect(Math.abs(elbo - bound)).toBeLessThan(0.02)
      }
      expect(Math.abs((await lossOf("rows", name, 1))[0] - expected)).toBeLessThan(0.02)
    }
  )

  test("two plates whose names and fields meet at a slash are two", async () => {
    const both = program(
      Effect.gen(function* () {
        yield* plate("a", (_row: object) => observe("b/c", Normal(0, 1)))
        yield* plate("a/b", (_row: object) => observe("c", Normal(5, 1)))
      })
    ).guide(() => ({}))
    const data = { a: { "b/c": Dataset.of([0, 0], []) }, "a/b": { c: Dataset.of([5, 5, 5], []) } }
    const fitted = await run(both.fit(data, quiet), cpu)
    expect(await run(fitted.elbo(data), cpu)).toBeCloseTo(-2.5 * Math.log(2 * Math.PI), 4)
  })
})

describe("a program is one synchronous run of one fiber", () => {
  const u = () => observe("u", Normal(0, 1))
  const data = { u: tf.scalar(0.5), v: tf.scalar(0.5) } as never
  const refused = (effect: Effect.Effect<unknown, never, unknown>) =>
    failure(
      (program(effect as never) as unknown as ReturnType<typeof named>).guide((() => ({})) as never).fit(data, quiet)
    )

  test.each([
    ["forks a child that observes", Effect.andThen(Effect.forkChild(observe("v", Normal(0, 1))), u())],
    ["forks a daemon that observes", Effect.andThen(Effect.forkDetach(observe("v", Normal(0, 1))), u())],
    ["runs sites side by side", Effect.all([observe("v", Normal(0, 1)), u()], { concurrency: "unbounded" })],
    [
      "waits",
      Effect.andThen(
        Effect.promise(() => Promise.resolve()),
        u()
      )
    ]
  ])("one that %s is refused", async (_, effect) => {
    const error = await refused(effect)
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("one synchronous run of one fiber")
  })

  test("a refusal that the program catches is a refusal all the same", async () => {
    const caught = Effect.andThen(Effect.exit(Effect.andThen(u(), u())), observe("v", Normal(0, 1)))
    expect(await refused(caught)).toBeInstanceOf(DuplicateSite)
  })

  test("a long program is no fork: it is not cut into pieces", async () => {
    const long = Effect.gen(function* () {
      for (let i = 0; i < 5000; i++) yield* Effect.void
      yield* u()
      yield* observe("v", Normal(0, 1))
    })
    const fitted = await run(
      program(long)
        .guide(() => ({}))
        .fit({ u: tf.scalar(0.5), v: tf.scalar(0.5) } as never, quiet),
      cpu
    )
    expect(fitted.explain().sites).toHaveLength(2)
  })
})

test("a plate is left when its body fails: a sibling after it is no nested plate", async () => {
  const failing = program(
    Effect.gen(function* () {
      yield* Effect.ignore(
        plate("first", (_row: object) => Effect.andThen(observe("u", Normal(0, 1)), Effect.fail("given up")))
      )
      yield* plate("second", (_row: object) => observe("v", Normal(0, 1)))
    })
  ).guide(() => ({}))
  const data = { first: { u: Dataset.of([0, 0], []) }, second: { v: Dataset.of([0, 0, 0], []) } }
  const fitted = await run(failing.fit(data, quiet), cpu)
  expect(await run(fitted.elbo(data), cpu)).toBeCloseTo(-2.5 * Math.log(2 * Math.PI), 4)
})

describe("one name is one parameter of one kind with one first value", () => {
  const withParameters = (make: () => Scalar) => model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(make(), 1))
  const sum = (a: tf.Tensor, b: tf.Tensor): Scalar => Tensor.of([], tf.add(a, b))

  test.each([
    ["another kind", () => sum(param("s", 1), param.positive("s", 3))],
    ["another first value", () => sum(param("s", 1), param("s", 2))],
    ["another shape", () => sum(param("s", 1), tf.sum(param("s", [2])))]
  ])("%s is refused, and named", (_, make) => {
    const ask = () => withParameters(make).explain()
    expect(ask).toThrow(DuplicateSite)
    expect(ask).toThrow("the parameter name 's' is used twice, as ")
  })

  test("a first value that is another number each time is refused, naming the parameter", () => {
    let calls = 0
    const ask = () => withParameters(() => param("a", 0.1 * ++calls)).explain()
    expect(ask).toThrow(InvalidOption)
    expect(ask).toThrow("the first value of the parameter 'a'")
  })

  test("typed parameters begin where they are told and stay on their support", async () => {
    const guided = program(sample("w", Normal(0, 1).iid(3))).guide(() => {
      const [p, cuts, weights, root] = [
        param.unit("p", 0.25),
        param.ordered("cuts", 3),
        param.simplex("weights", 3),
        param.cholesky("root", 3)
      ]
      const whole = tf.add(tf.add(tf.mul(p, weights), cuts), tf.sum(root, 1))
      return { w: Normal(Tensor.of([3], whole), 1) }
    })
    const fitted = await run(guided.fit({}, { ...quiet, epochs: 1 }), cpu)
    expect(Object.entries(fitted.parameters).map(([name, values]) => [name, values.length])).toEqual([
      ["p", 1],
      ["cuts", 3],
      ["weights", 3],
      ["root", 9]
    ])
    const close = (values: ReadonlyArray<number>) => values.map((value): unknown => expect.closeTo(value, 5))
    expect([...fitted.parameter("p")]).toEqual(close([0.25]))
    expect([...fitted.parameter("cuts")]).toEqual(close([0, 1, 2]))
    expect([...fitted.parameter("weights")]).toEqual(close([1 / 3, 1 / 3, 1 / 3]))
    expect([...fitted.parameter("root")]).toEqual(close([1, 0, 0, 0, 1, 0, 0, 0, 1]))
    const { w } = await run(fitted.sample(4000, { seed: 2 }), cpu)
    // 0.25·⅓ + (0, 1, 2) + row sums of the identity
    const expected = [0, 1, 2].map((cut) => 0.25 / 3 + cut + 1)
    for (const [i, value] of expected.entries()) {
      const mean = Array.from({ length: 4000 }, (_, n) => w.values[3 * n + i] ?? 0).reduce((a, b) => a + b / 4000, 0)
      expect(Math.abs(mean - value)).toBeLessThan(4.5 / Math.sqrt(4000))
    }
  })

  test("first values outside of the support are refused", () => {
    fc.assert(
      fc.property(fc.double({ max: 0, noNaN: true }), (value) => {
        expect(() => withParameters(() => param.positive("s", value)).explain()).toThrow("above 0")
      }),
      { numRuns: 20 }
    )
  })
})

describe("nets that are made while the program runs", () => {
  const inside = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: Net.mlp([2, 3, 4])(z) })).guide((x) =>
    Normal.fromLocLogVariance(Net.mlp([4, 3, 4])(x))
  )
  const images = Dataset.of([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0], [4], "boolean")

  test("are the same nets in each recording, by their order: their names differ, and a fit learns both", async () => {
    const fitted = await run(inside.fit(images, { epochs: 3, progress: false }), cpu)
    expect(Object.keys(fitted.parameters).filter((name) => name.endsWith(".0.weight"))).toEqual([
      "mlp.0.weight",
      "mlp2.0.weight"
    ])
    expect(Number.isFinite(await run(fitted.elbo(images), cpu))).toBe(true)
  })

  test("cannot be told apart when a part of the program runs alone, which is refused in words", async () => {
    const fitted = await run(inside.fit(images, { epochs: 1, progress: false }), cpu)
    const error = await failure(fitted.encode(images))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("declare it outside")
  })
})

describe("a parameter that meets a continuous draw in a jump moves the place of that jump, and is refused by name", () => {
  const decoded = (f: (z: Scalar) => tf.Tensor, estimators = {}) =>
    model(Normal(0, 1), (z) => Normal(Tensor.of([], f(z)), 1))
      .guide(() => Normal(param("m", 0), 1))
      .explain({ estimators })

  test.each<readonly [string, (z: Scalar) => tf.Tensor]>([
    ["greater", (z) => tf.cast(tf.greater(z, param("p", 0.2)), "float32")],
    ["floor", (z) => tf.floor(tf.mul(z, param("p", 0.2)))],
    ["argMax", (z) => tf.cast(tf.argMax(tf.stack([param("p", 0.2), z, tf.neg(z)])), "float32")],
    ["realDiv", (z) => tf.tanh(tf.div(1, tf.sub(z, param("p", 0.2))))]
  ])("in %s", (op, f) => {
    expect(() => decoded(f)).toThrow(GuideMismatch)
    expect(() => decoded(f)).toThrow(
      `no gradient of the parameter 'p' would be right: it meets a continuous draw in '${op}'`
    )
  })

  test.each<readonly [string, (z: Scalar) => tf.Tensor]>([
    ["a factor beside the jump", (z) => tf.mul(tf.cast(tf.greater(z, 0), "float32"), param("p", 0.2))],
    ["a branch of a choice", (z) => tf.where(tf.greater(z, 0), param("p", 0.2) as tf.Tensor, tf.scalar(1))],
    ["a denominator alone", (z) => tf.div(z, param("p", 0.2))],
    ["a jump without a draw", (z) => tf.add(z, tf.floor(param("p", 0.2)))]
  ])("but not as %s", (_, f) => {
    expect(decoded(f).sites).toHaveLength(2)
  })

  test("nor where the draw is discrete, or made by a guide that depends on a continuous one", () => {
    const mixed = program(
      Effect.gen(function* () {
        const a = yield* sample("a", Normal(0, 1))
        const k = yield* sample("k", Bernoulli({ logits: a }))
        const above = tf.cast(tf.greater(k, param("p", 0.5)), "float32")
        yield* observe("y", Normal(Tensor.of([], above), 1))
      })
    ).guideWith(() =>
      Effect.gen(function* () {
        const a = yield* sample("a", Normal(param("a", 0), 1))
        yield* sample("k", Bernoulli({ logits: Tensor.of([], tf.mul(a, param("k", 1))) }))
      })
    )
    expect(mixed.explain({ y: tf.scalar(1) } as never).sites.map(({ gradient }) => gradient)).toEqual([
      "reparameterized",
      "enumerated",
      undefined
    ])
  })
})

describe("what a stranger found", () => {
  test("a masked guide under a prior without a mask is refused: its bound would be none", () => {
    const ones = Tensor.of([2], tf.tensor1d([1, 0]))
    const masked = program(sample("z", Normal(0, 1).iid(2))).guide(() => ({
      z: Masked(Normal(param("m", [2]), 1), ones)
    }))
    expect(() => masked.explain({})).toThrow("the guide is masked but the prior is not")
  })

  test("validation under IWAE is judged with the particles of the fit", async () => {
    const wide = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(0, 3))
    const data = Dataset.of(
      Array.from({ length: 200 }, (_, i) => i / 100 - 1),
      []
    )
    const options = { ...quiet, objective: Objective.iwae, particles: 50, validation: data } as const
    const [{ train = 0, test: held = 0 } = {}] = (await run(wide.fit(data, options), cpu)).history
    expect(Math.abs(train - held)).toBeLessThan(0.3)
  })

  test("a site and a plate cannot share a name", () => {
    const both = program(
      Effect.gen(function* () {
        yield* sample("a", Normal(0, 1))
        yield* plate("a", (_row: object) => observe("y", Normal(0, 1)))
      })
    ).guide((() => ({ a: Normal(0, 1) })) as never)
    expect(() => both.explain({ a: { y: Dataset.of([1], []) } } as never)).toThrow("for a site and for a plate")
  })

  test("a model without sites outside of plates has nothing to sample there", async () => {
    const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, 1))
    const fitted = await run(plain.fit(Dataset.of([1, 2], []), quiet), onnx)
    expect(await run(fitted.sample(3), onnx)).toEqual({})
  })

  test("a program whose loss reads no parameter can be fitted", async () => {
    const still = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => {
      param("unread", 0.5)
      return Normal(x, 1)
    })
    const { parameters } = await run(still.fit(Dataset.of([1, 2], []), quiet), cpu)
    expect(parameters["unread"]?.[0]).toBe(0.5)
  })

  test("a fit that needed an estimator by name can be loaded: a fitted value needs none", async () => {
    const divided = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.div(1, tf.sub(3, z))), 1)).guide(() =>
      Triangular(-1, 2, 0.5)
    )
    const data = Dataset.of([0.3, 0.4], [])
    const folder = mkdtempSync(join(tmpdir(), "latent-load-"))
    try {
      const path = join(folder, "fit.safetensors")
      const fitted = await run(divided.fit(data, { ...quiet, estimators: { z: reparameterized } }), cpu)
      await run(fitted.save(path), cpu)
      const loaded = await run(divided.load(path), cpu)
      expect(await run(loaded.elbo(data, { seed: 3 }), cpu)).toBe(await run(fitted.elbo(data, { seed: 3 }), cpu))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("options of evaluations are checked", async () => {
    const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, 1))
    const data = Dataset.of([1, 2], [])
    const fitted = await run(plain.fit(data, quiet), cpu)
    expect((await failure(fitted.elbo(data, { particle: 3000 } as never))).message).toContain("'particle'")
    expect((await failure(fitted.posterior(data, 3, { seed: Number.NaN }))).message).toContain("'seed'")
  })

  test.each<readonly [string, object]>([
    ["objective", { objective: "iwae" }],
    ["estimators.z", { estimators: { z: "score" } }],
    ["optimizer", { optimizer: "adam", learningRate: undefined }],
    ["signal", { signal: "x" }],
    ["progress", { progress: 3 }]
  ])("a value of another kind is refused where it stands: %s", async (name, options) => {
    const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, 1))
    const error = await failure(plain.fit(Dataset.of([1, 2], []), { ...quiet, ...options } as never))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(`option '${name}'`)
  })

  test("a program without sites is refused in words", () => {
    expect(() =>
      program(Effect.succeed(1))
        .guide(() => ({}))
        .explain({})
    ).toThrow("it has no site")
  })
})
