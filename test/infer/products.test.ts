import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Product } from "../../src/dist/combine/Product.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DataFormat, DuplicateSite, GuideMismatch, SupportViolation } from "../../src/Errors.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { type Tensor, typed } from "../../src/tensor/Tensor.ts"
import { engines, failure, gradientReader, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const plus = (a: Scalar, b: Scalar): Scalar => typed(tf.add(a, b))

const height = Normal(1, 2)
const smokes = Bernoulli({ probs: 0.3 })

/** What is seen of a person. */
const seen = (h: Scalar, s: Scalar) =>
  Effect.andThen(
    observe("x", Normal(h, 1)),
    plate("days", (row: { readonly dust: Scalar }) => observe("cough", Bernoulli({ logits: plus(s, row.dust) })))
  )

const together = program(
  Effect.gen(function* () {
    const person = yield* sample("person", Product({ height, smokes }))
    yield* seen(person.height, person.smokes)
  })
)
const apart = program(
  Effect.gen(function* () {
    const h = yield* sample("person.height", height)
    const s = yield* sample("person.smokes", smokes)
    yield* seen(h, s)
  })
)

const guides = () => ({
  height: Normal(param("loc", 0), param.positive("scale", 1)),
  smokes: Bernoulli({ logits: param("logit", 0) })
})
const asSites = () => {
  const { height, smokes } = guides()
  return { "person.height": height, "person.smokes": smokes }
}
const asProgram = () => sample("person", Product(guides()))

const days = { dust: [0.2, -0.4, 0.1], cough: [1, 1, 0] }
const data = {
  x: typed<readonly []>(tf.scalar(2)),
  days: { dust: Dataset.of(days.dust, [], "real"), cough: Dataset.of(days.cough, [], "boolean") }
}

const fits = {
  "a product guided by a product": together.guide(() => ({ person: Product(guides()) })),
  "a product guided by sites of its factors": together.guide(asSites),
  "a product guided by a program": together.guideWith(asProgram),
  "separate sites guided by a product": apart.guide(() => ({ person: Product(guides()) })),
  "separate sites guided by sites": apart.guide(asSites)
}

describe("a product is the program that names each of its factors", () => {
  test.each(Object.entries(fits))("in its plan: %s", (_, guided) => {
    const plan = guided.explain(data)
    expect(`${plan}`).toBe(`${fits["separate sites guided by sites"].explain(data)}`)
    expect(plan.sites.map(({ site }) => site)).toEqual(["person.height", "person.smokes", "x", "cough"])
  })

  test.each(engines)("in its ELBO, number by number, on %s", async (_, engine) => {
    const elbos: Array<number> = []
    for (const guided of Object.values(fits)) {
      const fitted = await run(guided.fit(data, { epochs: 3, seed: 4, particles: 2, progress: false }), engine)
      elbos.push(await run(fitted.elbo(data, { particles: 50, seed: 5 }), engine))
    }
    expect(elbos[0]).toBeLessThan(0)
    expect(new Set(elbos)).toEqual(new Set([elbos[0]]))
  })

  test("in its fit: the posterior of both factors, which is known", async () => {
    const options = { epochs: 1500, learningRate: 0.02, particles: 16, seed: 1, progress: false } as const
    const fitted = await run(fits["a product guided by a product"].fit(data, options))
    // N(1, 2²) and x = 2 ~ N(h, 1): precision 1 + ¼, mean (2 + ¼)/(1 + ¼)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(1.8, 1)
    expect(fitted.parameter("scale")[0]).toBeCloseTo(Math.sqrt(0.8), 1)
    const likelihood = (s: number): number =>
      days.dust.reduce((product, dust, i) => {
        const p = 1 / (1 + Math.exp(-s - dust))
        return product * (days.cough[i] === 1 ? p : 1 - p)
      }, 1)
    const logit = Math.log((0.3 * likelihood(1)) / (0.7 * likelihood(0)))
    expect(Math.abs((fitted.parameters["logit"]?.[0] ?? 0) - logit)).toBeLessThan(0.1)
    const draws = await run(fitted.sample(200))
    expect(Object.keys(draws).sort()).toEqual(["person.height", "person.smokes"])
    expect(draws["person.height"].shape).toEqual([200])
    expect([...draws["person.smokes"].values].every((x) => x === 0 || x === 1)).toBe(true)
  })

  test("where an estimator is asked for by name", () => {
    const plan = fits["a product guided by a product"].explain(data, { estimators: { "person.height": score } })
    expect(plan.sites.map(({ site, gradient }) => [site, gradient])).toContainEqual(["person.height", "score function"])
  })
})

describe("an observed product", () => {
  const rows = program(
    Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", () => observe("y", Product({ size: LogNormal(mu, 1), male: Bernoulli({ logits: mu }) })))
    })
  ).guide(() => ({ mu: Normal(param("mu", 0.5), 1e-6) }))
  const sizes = [0.5, 2, 3]

  test("is scored factor by factor against data under their names", async () => {
    const fitted = await run(
      rows.fit({ rows: { "y.size": Dataset.of(sizes, []), "y.male": Dataset.of([1, 0, 1], [], "boolean") } } as never, {
        epochs: 1,
        optimizer: gradientReader,
        progress: false
      })
    )
    const given = { rows: { "y.size": Dataset.of(sizes, []), "y.male": Dataset.of([1, 0, 1], [], "boolean") } }
    const elbo = await run(fitted.elbo(given as never))
    const logNormal = (x: number): number => -0.5 * (Math.log(x) - 0.5) ** 2 - Math.log(x) - 0.5 * Math.log(2 * Math.PI)
    const one = -Math.log1p(Math.exp(-0.5))
    const kl = -Math.log(1e-6) + (1e-12 + 0.25) / 2 - 0.5
    // the guide's width of 1e-6 is worth no more than float32's rounding
    expect(elbo).toBeCloseTo(sizes.reduce((sum, x) => sum + logNormal(x), 0) + 2 * one + (one - 0.5) - kl, 3)
  })

  test("asks for the data of each factor, and checks them by its support", async () => {
    const male = Dataset.of([1, 0, 1], [], "boolean")
    const missing = await failure(rows.fit({ rows: { "y.male": male } } as never))
    expect(missing).toBeInstanceOf(DataFormat)
    expect(missing.message).toContain("there are no data for the observed site 'y.size'")
    const negative = { rows: { "y.size": Dataset.of([1, -1, 1], []), "y.male": male } }
    const outside = await failure(rows.fit(negative as never))
    expect(outside).toBeInstanceOf(SupportViolation)
    expect(outside.message).toContain("site 'y.size'")
  })
})

describe("what types cannot see of products is refused", () => {
  const person = sample("person", Product({ height, smokes }))
  const cases = [
    [
      "a product and a site that share a name in the model",
      program(Effect.andThen(person, sample("person.height", height))).guide(asSites),
      DuplicateSite,
      "the site name 'person.height' is used twice"
    ],
    [
      "a product and a site that share a name in the guide",
      together.guide((() => ({ ...asSites(), person: Product(guides()) })) as never),
      DuplicateSite,
      "the site name 'person.height' is used twice"
    ],
    [
      "a factor that the guide does not cover",
      together.guide((() => ({ person: Product({ height: guides().height }) })) as never),
      GuideMismatch,
      "site 'person.smokes': the guide is missing this latent site"
    ],
    [
      "a factor of another support",
      together.guide((() => ({ person: Product({ height, smokes: Normal(0, 1) }) })) as never),
      GuideMismatch,
      "site 'person.smokes': the guide has support 'real'"
    ]
  ] as const
  test.each(cases)("%s", (_, guided, type, message) => {
    const explain = () => guided.explain(data)
    expect(explain).toThrow(type)
    expect(explain).toThrow(message)
  })
})
