import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import {
  DataFormat,
  DuplicateSite,
  type FitError,
  GuideMismatch,
  InvalidOption,
  NonFiniteLoss,
  ProgramFailed,
  ShapeMismatch,
  SupportViolation,
  TracedRead,
  UnsupportedKernel
} from "../../src/Errors.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import type { AnyGuideRecord, AnyProgram } from "../../src/model/Guided.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { factor, observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, failure, run, under, watched } from "./harness.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)

/** Programs, guides and data whose types were not checked, as plain JavaScript has them. */
const untyped = (effect: AnyProgram, guide: () => AnyGuideRecord) =>
  program(effect as never).guide(guide as never) as unknown as {
    readonly fit: (data: unknown, options?: unknown) => Effect.Effect<unknown, FitError, never>
  }
const untypedWith = (effect: AnyProgram, guide: () => AnyProgram) =>
  program(effect as never).guideWith(guide as never) as unknown as ReturnType<typeof untyped>

/** The error of a fit, and a check that no session was ever opened for it. */
const refused = async (fit: Effect.Effect<unknown, FitError, never>): Promise<FitError> => {
  const { engine, sessions } = watched(cpu)
  const error = await failure(fit, engine)
  expect(sessions).toHaveLength(0)
  return error
}

const rows = { rows: { y: Dataset.of([0.3, -1, 2], []) } }
const quiet = { epochs: 1, progress: false } as const

const centred = Effect.gen(function* () {
  const w = yield* sample("w", Normal(0, 1))
  yield* plate("rows", (_row: { readonly y: Scalar }) => observe("y", Normal(w, 1)))
})
const w = () => Normal(param("w", 0), 1) as Dist

let tensorsBefore = 0
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors
})
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore)
})

describe("model and guide that disagree are refused before any step", () => {
  test("a guide that is missing a site", async () => {
    const error = await refused(untyped(centred, () => ({})).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe("site 'w': the guide is missing this latent site")
  })

  test("a guide with a site too many", async () => {
    const error = await refused(untyped(centred, () => ({ w: w(), v: w() })).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe("site 'v': the guide samples it, but it is not a latent site of the model")
  })

  test("a guide of another shape", async () => {
    const error = await refused(untyped(centred, () => ({ w: Normal(0, 1).iid(2) })).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe("site 'w': the guide gives shape [2], the prior []")
  })

  test("a guide whose support leaves the prior's", async () => {
    const positive = Effect.gen(function* () {
      const s = yield* sample("s", HalfNormal(1))
      yield* plate("rows", () => observe("y", Normal(0, s)))
    })
    const error = await refused(untyped(positive, () => ({ s: w() })).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe("site 's': the guide has support 'real', which is not inside the prior's 'positive'")
  })

  test("a site that stands in a plate in one and outside of it in the other", async () => {
    const error = await refused(untyped(centred, () => ({ rows: () => ({ w: w() }) }) as never).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe("site 'w': it stands in plates [] in the model and in [rows] in the guide")
  })

  test("a guide program that observes", async () => {
    const error = await refused(untypedWith(centred, () => observe("y", Normal(0, 1))).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("a guide observes nothing")
  })

  test("a value made for one row that is used outside of its plate", async () => {
    const escaping = Effect.gen(function* () {
      const last = yield* plate("rows", (_row: { readonly y: Scalar }) =>
        Effect.gen(function* () {
          const z = yield* sample("z", Normal(0, 1))
          yield* observe("y", Normal(z, 1))
          return z
        })
      )
      yield* observe("total", Normal(last, 1))
    })
    const total = tf.scalar(1)
    const fit = untyped(escaping, () => ({ rows: () => ({ z: w() }) }) as never).fit({ ...rows, total }, quiet)
    const error = await refused(fit)
    total.dispose()
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toBe(
      "site 'total': it stands outside of the plate 'rows' but depends on a value made for one row inside it"
    )
  })

  test("a guide that uses a row of a plate for a site outside of it", async () => {
    const outside = untypedWith(centred, () =>
      Effect.gen(function* () {
        const y = yield* plate("rows", (row: { readonly y: Scalar }) => Effect.succeed(row.y))
        yield* sample("w", Normal(y, param.positive("s", 1)))
      })
    )
    const error = await refused(outside.fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain(
      "it stands outside of the plate 'rows' but depends on a value made for one row inside it"
    )
  })

  test("a value of the program's own that is a JavaScript number, where types are not read", async () => {
    const number = 1.5 as never
    const bodies: ReadonlyArray<AnyProgram> = [observe("y", Normal(0, 1), number), factor("y", number)]
    for (const body of bodies) {
      const refused = untyped(Effect.andThen(sample("z", Normal(0, 1)), body) as AnyProgram, () => ({
        z: Normal(0, 1)
      }))
      const error = await failure(refused.fit({}, { epochs: 1 }), cpu)
      expect(error).toMatchObject({ _tag: "ProgramFailed" })
      expect(error.message).toContain("the value of site 'y' is 1.5: write Tensor.of([], tf.scalar(1.5))")
    }
  })

  test("an estimator for a site that does not exist, or that is observed", async () => {
    const guided = untyped(centred, () => ({ w: w() }))
    for (const name of ["v", "y"]) {
      const error = await refused(guided.fit(rows, { ...quiet, estimators: { [name]: score } }))
      expect(error).toBeInstanceOf(InvalidOption)
      expect(error.message).toContain(`option 'estimators' is for the site '${name}'`)
    }
  })
})

describe("names that are used twice are refused before any step", () => {
  const twice = (effect: AnyProgram, guide: () => AnyGuideRecord = () => ({ w: w() })) =>
    refused(untyped(effect, guide).fit(rows, quiet))

  test("a latent site", async () => {
    const error = await twice(Effect.andThen(sample("w", Normal(0, 1)), centred))
    expect(error).toMatchObject(new DuplicateSite({ site: "w", kind: "site" }))
    expect(error.message).toBe("the site name 'w' is used twice. Give each site a name of its own.")
  })

  test("an observed site", async () => {
    const body = plate("rows", () => Effect.andThen(observe("y", Normal(0, 1)), observe("y", Normal(0, 1))))
    expect(await twice(Effect.andThen(sample("w", Normal(0, 1)), body))).toMatchObject({
      _tag: "DuplicateSite",
      site: "y"
    })
  })

  test("a plate", async () => {
    expect(
      await twice(
        Effect.andThen(
          centred,
          plate("rows", () => Effect.void)
        )
      )
    ).toMatchObject({ _tag: "DuplicateSite", site: "rows", kind: "plate" })
  })

  test("a site of a guide program", async () => {
    const guide = () => Effect.andThen(sample("w", Normal(0, 1)), sample("w", Normal(0, 1)))
    expect(await refused(untypedWith(centred, guide).fit(rows, quiet))).toMatchObject({
      _tag: "DuplicateSite",
      site: "w"
    })
  })

  test("a parameter that comes back with another shape", async () => {
    const guide = () => ({ w: Normal(param("w", 0), scalar(tf.sum(param("w", [2])))) })
    expect(await twice(centred, guide)).toMatchObject({ _tag: "DuplicateSite", site: "w", kind: "parameter" })
  })
})

describe("data that do not fit are refused before any step", () => {
  const guided = untyped(centred, () => ({ w: w() }))
  const pixels = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: Tensor.of([3], tf.pad(z, [[0, 1]])) })).guide(
    () => Normal(param("loc", [2]), 1)
  )

  test("a datum of another shape than its likelihood, naming site and shapes", async () => {
    const error = await refused(pixels.fit(Dataset.of([0, 1, 1, 0], [4], "boolean") as never, quiet) as never)
    expect(error).toBeInstanceOf(ShapeMismatch)
    expect(error.message).toBe("one row of data: expected shape [3], got [4].")
  })

  test("a datum of another shape than its net, before the net sees it", async () => {
    const [decoder, encoder] = [Net.mlp([2, 3, 4]), Net.mlp([4, 3, 4])]
    const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
      Normal.fromLocLogVariance(encoder(x))
    )
    const error = await refused(vae.fit(Dataset.of([0, 1, 1, 0, 1], [5], "boolean") as never, quiet) as never)
    expect(error.message).toBe("one row of data: expected shape [4], got [5].")
    const fitted = await run(vae.fit(Dataset.of([0, 1, 1, 0], [4], "boolean"), quiet))
    const wide = Dataset.of([0, 1, 1, 0, 1], [5]) as never
    for (const use of [fitted.encode(wide), fitted.reconstruct(wide)]) {
      expect((await failure(use)).message).toBe("one row at site 'x': expected shape [4], got [5].")
    }
    expect((await failure(fitted.decode(wide))).message).toBe("one row at site 'z': expected shape [2], got [5].")
  })

  test("a column of targets against scalar ones, which would broadcast to a square elsewhere", async () => {
    const error = await refused(guided.fit({ rows: { y: Dataset.of([1, 2, 3], [1]) } }, quiet))
    expect(error).toBeInstanceOf(ShapeMismatch)
    expect(error.message).toContain("at site 'y': expected shape [], got [1]")
  })

  test("numbers outside of the support, naming the row, in a tensor", async () => {
    const data = tf.tensor2d([0, 1, 1, 0, 0.5, 0], [2, 3])
    const error = await refused(pixels.fit(data as never, quiet) as never)
    data.dispose()
    expect(error).toBeInstanceOf(SupportViolation)
    expect(error.message).toContain("site 'x' has support 'boolean', but row 1 holds 0.5.")
    expect(error.message).toContain("Bernoulli({ logits, soft: true })")
  })

  test("bytes outside of the support, naming the row", async () => {
    const data = Dataset.ofBytes(Uint8Array.of(0, 255, 0, 255, 0, 255, 0, 51, 0), [3])
    const error = await refused(pixels.fit(data as never, quiet) as never)
    expect(error).toBeInstanceOf(SupportViolation)
    expect(error.message).toContain("row 2 holds 0.2")
  })

  test("a number that is not finite", async () => {
    const y = tf.tensor1d([1, Number.NaN, 2])
    const error = await refused(guided.fit({ rows: { y } }, quiet))
    y.dispose()
    expect(error).toBeInstanceOf(SupportViolation)
    expect(error.message).toContain("row 1 holds NaN")
  })

  test("validation data outside of the support, or of another shape", async () => {
    const good = Dataset.of([0, 1, 1], [3], "boolean")
    const grey = await refused(
      pixels.fit(good, { ...quiet, validation: Dataset.of([0, 0.5, 1], [3]) as never }) as never
    )
    expect(grey).toBeInstanceOf(SupportViolation)
    const wide = await refused(
      pixels.fit(good, { ...quiet, validation: Dataset.of([0, 1], [2], "boolean") as never }) as never
    )
    expect(wide).toBeInstanceOf(ShapeMismatch)
    expect(wide.message).toContain("expected shape [3], got [2]")
  })

  test("fields of one plate with different numbers of rows", async () => {
    const error = await refused(guided.fit({ rows: { ...rows.rows, x: Dataset.of([1, 2], []) } }, quiet))
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain("data.rows: 'y' has 3 rows but 'x' has 2")
  })

  test("a plate without rows, and a tensor without a dimension for them", async () => {
    const [none, point] = [tf.tensor1d([]), tf.scalar(1)]
    expect((await refused(guided.fit({ rows: { y: none } }, quiet))).message).toContain("the plate has no rows")
    expect((await refused(guided.fit({ rows: {} }, quiet))).message).toContain("the plate has no rows")
    expect((await refused(guided.fit({ rows: { y: point } }, quiet))).message).toContain(
      "Its first dimension is the rows"
    )
    tf.dispose([none, point])
  })

  test("a plate or an observed value without data", async () => {
    const plateless = await refused(guided.fit({}, quiet))
    expect(plateless).toBeInstanceOf(DataFormat)
    expect(plateless.message).toContain("data.rows: there are no data for the plate 'rows'")
    const siteless = await refused(guided.fit({ rows: { x: Dataset.of([1], []) } }, quiet))
    expect(siteless).toBeInstanceOf(DataFormat)
    expect(siteless.message).toContain("data.y: there are no data for the observed site 'y'")
  })

  test("rows given for a value that stands outside of plates: they are one value, as a tensor of that shape is", async () => {
    const vector = (n: number) =>
      untyped(
        Effect.gen(function* () {
          const w = yield* sample("w", Normal(0, 1))
          yield* observe("y", Normal(tf.tidy(() => tf.mul(w, tf.ones([n]))) as Tensor<readonly [number]>, 1))
        }),
        () => ({ w: w() })
      )
    const error = await refused(vector(3).fit({ y: Dataset.of([1, 2], []) }, quiet))
    expect(error).toBeInstanceOf(ShapeMismatch)
    expect(error.message).toContain("at site 'y': expected shape [3], got [2]")
    await run(vector(2).fit({ y: Dataset.of([1, 2], []) }, quiet), cpu)
  })

  test.each(engines)("data of another shape given to a fitted model: %s", async (_, source) => {
    const fitted = await run(pixels.fit(Dataset.of([0, 1, 1], [3], "boolean"), quiet), source)
    const wide = Dataset.of([0, 1, 1, 0], [4], "boolean") as never
    for (const use of [fitted.elbo(wide), fitted.elboParts(wide), fitted.logMarginal(wide)]) {
      const error = await failure(use, source)
      expect(error).toBeInstanceOf(ShapeMismatch)
      expect(error.message).toContain("expected shape [3], got [4]")
    }
    const grey = await failure(fitted.elbo(Dataset.of([0, 1, 0.5], [3]) as never), source)
    expect(grey).toBeInstanceOf(SupportViolation)
  })

  test("data of another shape given to a fitted program", async () => {
    const fitted = await run(
      untyped(centred, () => ({ w: w() })).fit(rows, quiet) as Effect.Effect<
        { elbo: (data: unknown) => Effect.Effect<number, FitError> },
        FitError
      >,
      cpu
    )
    expect(await failure(fitted.elbo({ rows: { y: Dataset.of([1, 2], [2]) } }))).toBeInstanceOf(ShapeMismatch)
    expect(await failure(fitted.elbo({}))).toBeInstanceOf(DataFormat)
  })
})

describe("options that make no sense are refused before any step", () => {
  const guided = untyped(centred, () => ({ w: w() }))
  test.each([
    ["epoch", { epoch: 3 }, "option 'epoch' is unknown; expected one of epochs, batchSize"],
    ["no epochs", { epochs: 0 }, "option 'epochs' is 0; expected a whole number from 1"],
    ["half an epoch", { epochs: 0.5 }, "option 'epochs' is 0.5"],
    ["an empty batch", { batchSize: 0 }, "option 'batchSize' is 0"],
    ["no particle", { particles: 0 }, "option 'particles' is 0"],
    ["a broken particle", { particles: Number.NaN }, "option 'particles' is NaN"],
    ["a negative learning rate", { learningRate: -1 }, "option 'learningRate' is -1; expected a number above 0"],
    ["an infinite learning rate", { learningRate: Number.POSITIVE_INFINITY }, "option 'learningRate' is Infinity"],
    ["a norm of zero", { clipNorm: 0 }, "option 'clipNorm' is 0"],
    ["a negative seed", { seed: -1 }, "option 'seed' is -1; expected a whole number from 0"],
    [
      "an unknown precision",
      { precision: "float16" },
      `option 'precision' is "float16"; expected one of float32, bfloat16`
    ],
    [
      "a precision without an engine for it",
      { precision: "bfloat16" },
      "option 'precision' is bfloat16; expected float32"
    ],
    ["a broken seed", { seed: 1.5 }, "option 'seed' is 1.5"],
    [
      "two learning rates",
      { learningRate: 1, optimizer: Optimizer.adam() },
      "option 'learningRate' is 1; expected no learningRate beside an optimizer"
    ]
  ] as ReadonlyArray<readonly [string, object, string]>)("%s", async (_, options, message) => {
    const error = await refused(guided.fit(rows, { ...quiet, ...options }))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(message)
  })

  test("of a fitted model", async () => {
    const tiny = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("loc", 0), 1))
    const fitted = await run(tiny.fit(Dataset.of([1], []), quiet), cpu)
    for (const use of [
      fitted.generate(0),
      fitted.generate(1.5),
      fitted.elbo(Dataset.of([1], []), { particles: 0 }),
      fitted.logMarginal(Dataset.of([1], []), { particles: -1 })
    ]) {
      expect(await failure(use)).toBeInstanceOf(InvalidOption)
    }
  })
})

describe("programs that cannot be recorded are refused before any step", () => {
  const withLikelihood = (f: (w: Scalar) => Scalar) =>
    untyped(
      Effect.gen(function* () {
        const w = yield* sample("w", Normal(0, 1))
        yield* plate("rows", () => observe("y", Normal(f(w), 1)))
      }),
      () => ({ w: w() })
    ).fit(rows, quiet)

  test("one that throws: the error is kept and the user's line is named", async () => {
    const wrong = new RangeError("the user's own mistake")
    const error = await refused(
      withLikelihood(() => {
        throw wrong
      })
    )
    expect(error).toBeInstanceOf(ProgramFailed)
    expect((error as ProgramFailed).cause).toBe(wrong)
    expect(error.message).toMatch(
      /the program threw while it was recorded \(.*errors\.test\.ts:\d+\): the user's own mistake/
    )
  })

  test("one that throws what has no words of its own", () => {
    expect(new ProgramFailed({ cause: Object.create(null) }).message).toContain("[object Object]")
    expect(new ProgramFailed({ cause: Symbol("odd") }).message).toContain("Symbol(odd)")
    expect(new ProgramFailed({ cause: "plain words" }).message).toContain("plain words")
  })

  test("one that is not synchronous", async () => {
    const slow = Effect.andThen(Effect.sleep(1), centred)
    const error = await refused(untyped(slow, () => ({ w: w() })).fit(rows, quiet))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("the program waits for something asynchronous")
  })

  test("one that fails or dies inside Effect", async () => {
    const dying = Effect.andThen(Effect.die(new Error("inside")), centred)
    const error = await refused(untyped(dying, () => ({ w: w() })).fit(rows, quiet))
    expect(error).toBeInstanceOf(ProgramFailed)
    expect(error.message).toContain("inside")
  })

  test("one that reads a value, naming the line", async () => {
    const error = await refused(withLikelihood((w) => scalar(tf.scalar(w.dataSync()[0] ?? 0))))
    expect(error).toBeInstanceOf(TracedRead)
    expect(error.message).toContain("errors.test.ts:")
  })

  test.each([
    ["Math.random in a constant", (w: Scalar) => scalar(tf.add(w, Math.random())), "add"],
    ["a clock", (w: Scalar) => scalar(tf.mul(w, performance.now())), "mul"]
  ])("one with %s: its number would be frozen, and the op that reads it is named", async (_, f, op) => {
    const error = await refused(withLikelihood(f))
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain(op)
    expect(error.message).toContain("was another number the second time")
  })

  test.each([
    ["tf.randomNormal", (w: Scalar) => scalar(tf.add(w, tf.randomNormal([]))), "randomNormal"],
    ["tf.dropout", (w: Scalar) => scalar(tf.sum(tf.dropout(tf.reshape(w, [1]), 0.5))), "dropout"]
  ])("one that draws by %s", async (_, f, op) => {
    const error = await refused(withLikelihood(f))
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain(op)
  })

  test("one with a tf.Variable, which would never be trained", async () => {
    const variable = tf.tidy(() => tf.variable(tf.scalar(1)))
    const error = await refused(withLikelihood((w) => scalar(tf.mul(w, variable))))
    variable.dispose()
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain("tf.Variable")
  })

  test("an op that cannot be recorded", async () => {
    const error = await refused(withLikelihood((w) => scalar(tf.sum(tf.topk(tf.stack([w, tf.neg(w)]), 1).values))))
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain("TopK")
  })

  test("parameters and nets outside of a program", () => {
    const net = Net.mlp([1, 1])
    for (const make of [
      () => param("w", 0),
      () => param("w", [2]),
      () => param.positive("w", 1),
      () => net(Tensor.of([1], tf.zeros([1])))
    ]) {
      expect(() => tf.tidy(make as never)).toThrow(GuideMismatch)
      expect(() => tf.tidy(make as never)).toThrow("parameters and nets are made while a program is recorded")
    }
  })

  test("the same program works once its mistake is mended", async () => {
    let broken = true
    const fit = () =>
      withLikelihood((w) => {
        if (broken) throw new Error("broken")
        return w
      })
    await refused(fit())
    broken = false
    await run(fit() as never, cpu)
  })
})

describe.each(engines)("a loss that is not finite ends the fit: %s", (_, source) => {
  const flat = untyped(centred, () => ({ w: Normal(param("w", 0), param("scale", 1)) }))
  const positive = untyped(centred, () => ({ w: Normal(param("w", 0), param.positive("scale", 2)) }))

  test("at a learning rate of 1e30, naming step, epoch, term and site, with the last good parameters in the engine", async () => {
    const { engine, sessions } = watched(source)
    const error = await failure(flat.fit(rows, { ...quiet, epochs: 20, optimizer: Optimizer.sgd(1e30) }), engine)
    expect(error).toBeInstanceOf(NonFiniteLoss)
    expect(error).toMatchObject({ step: 2, epoch: 2 })
    expect(["w", "y"]).toContain((error as NonFiniteLoss).site)
    expect(error.message).toMatch(
      /the loss became (NaN|-?Infinity) at step 2 \(epoch 2\): the first term that is not finite is (KL|−log p)/
    )
    expect(sessions[0]?.open).toBe(false)
    for (const values of Object.values(under("param:", sessions[0]?.last ?? {}))) {
      for (const value of values) expect(value).toSatisfy(Number.isFinite)
    }
    const { parameters } = error as NonFiniteLoss
    expect(Object.keys(parameters).toSorted()).toEqual(["scale", "w"])
    for (const values of Object.values(parameters)) expect(values.every(Number.isFinite)).toBe(true)
  })

  test("when only the optimizer's update is not finite, in the last step of the fit, with the parameters from before that step", async () => {
    const poisoned: Optimizer = {
      name: "poisoned",
      slots: [],
      scalars: (step) => ({ whole: step === 9 ? 0 : 1 }),
      update: (parameter, _, __, scalar) => ({ parameter: tf.div(parameter, scalar("whole")), slots: [] })
    }
    const error = await failure(flat.fit(rows, { ...quiet, epochs: 10, optimizer: poisoned }), source)
    const term = "the update of poisoned"
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "update", step: 10, epoch: 10, term, parameter: "w" })
    expect(error.message).toContain("though the loss and its gradient are finite")
    expect((error as NonFiniteLoss).parameters).toEqual({ w: Float32Array.of(0), scale: Float32Array.of(1) })
    const other = await failure(positive.fit(rows, { ...quiet, epochs: 10, optimizer: poisoned }), source)
    expect((other as NonFiniteLoss).parameters["scale"]?.[0]).toBeCloseTo(2, 6)
  })

  test("when a scale reaches zero in the middle of a call, with the parameters from before the call", async () => {
    // the gradient pulls the scale down by the rate in each step: 1, 0.75, 0.5, 0.25, 0
    const { engine, sessions } = watched(source)
    const shrinking: Optimizer = {
      name: "shrinking",
      slots: [],
      scalars: () => ({}),
      update: (parameter) => ({ parameter: tf.sub(parameter, 0.25), slots: [] })
    }
    const direct = untyped(
      Effect.gen(function* () {
        yield* sample("w", Normal(0, 1))
        yield* plate("rows", () => observe("y", Normal(0, param("scale", 1))))
      }),
      () => ({ w: Normal(0, 1) })
    )
    const data = { rows: { y: Dataset.of(new Float32Array(40).fill(1), []) } }
    const error = await failure(direct.fit(data, { ...quiet, batchSize: 1, optimizer: shrinking }), engine)
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", step: 5, epoch: 1, site: "y", term: "−log p(y)" })
    // the first call has four steps and ends at scale 0; the second fails and is taken back
    expect(sessions[0]?.calls.map(({ k }) => k)[0]).toBe(4)
    expect(under("param:", sessions[0]?.last ?? {})["scale"]).toEqual(sessions[0]?.calls[0]?.after["param:scale"])
  })

  test("and leaves nothing behind that spoils the next fit", async () => {
    await failure(flat.fit(rows, { ...quiet, epochs: 5, optimizer: Optimizer.sgd(1e30) }), source)
    await run(flat.fit(rows, quiet) as never, source)
  })
})
