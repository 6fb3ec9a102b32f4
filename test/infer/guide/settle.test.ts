import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Cauchy } from "../../../src/dist/Cauchy.ts"
import { Product } from "../../../src/dist/combine/Product.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Pareto } from "../../../src/dist/Pareto.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { GuideMismatch, InvalidOption, ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { param } from "../../../src/model/Param.ts"
import { enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { type Tensor, typed } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "../harness.ts"

type Scalar = Tensor<readonly []>
/** a fit that moves nothing, so that its parameters are the first ones */
const still = { epochs: 1, learningRate: 1e-30, progress: false } as const

const several = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(3, 1))
    yield* sample("child", Normal(mu, 1))
    yield* sample("half", HalfNormal(2))
    yield* sample("between", Uniform(1, 3))
    yield* sample("above", Pareto(2, 1))
    yield* sample("under", TruncatedNormal(0, 1, Number.NEGATIVE_INFINITY, 1))
    yield* sample("shares", Dirichlet(typed<readonly [3]>(tf.tensor1d([2, 3, 5]))))
    yield* plate("rows", (row: { readonly x: Scalar }) =>
      Effect.gen(function* () {
        yield* sample("local", Normal(row.x, 1))
        yield* sample("wide", Cauchy(5, 1))
        yield* observe("y", Normal(mu, 1))
      })
    )
  })
)
const data = { rows: { x: Dataset.of([1, 2, 3], []), y: Dataset.of([1, 2, 3], []) } }

describe("an automatic guide begins", () => {
  test("at the median of the prior, or its mean, given those of the sites before; at 0 where it depends on data", async () => {
    const { parameters } = await run(several.autoGuide().fit(data, still), cpu)
    const begins = (site: string): ReadonlyArray<number> => Array.from(parameters[`auto.${site}.loc`] ?? [])
    const near = (site: string, values: ReadonlyArray<number>): void => {
      expect(begins(site)).toHaveLength(values.length)
      for (const [i, value] of values.entries()) expect(begins(site)[i]).toBeCloseTo(value, 5)
    }
    near("mu", [3])
    near("child", [3])
    near("half", [Math.log(2 * 0.6744897501960817)])
    near("between", [0])
    // the median of a Pareto distribution of the scale 2 and the concentration 1 is 4: 2 above its end
    near("above", [Math.log(2)])
    // that of N(0, 1) below 1 is Φ⁻¹(Φ(1)/2)
    near("under", [Math.log(1 + 0.2001735)])
    // the means 0.2, 0.3, 0.5 by stick-breaking: logit(0.2) + log 2 and logit(0.375)
    near("shares", [Math.log(0.25) + Math.log(2), Math.log(0.6)])
    near("local", [0, 0, 0])
    near("wide", [5, 5, 5])
    expect(parameters["auto.mu.scale"]?.[0]).toBeCloseTo(0.1, 5)
  })

  test("at given values, on the sites' own supports, and the others follow", async () => {
    const init = {
      mu: -1,
      half: [4],
      between: new Float32Array([1.5]),
      shares: typed<readonly [3]>(tf.tensor1d([0.5, 0.25, 0.25])),
      rows: { local: 7 }
    }
    const { parameters } = await run(
      several.autoGuide({ family: Guide.normal({ scale: 0.5 }), init }).fit(data, still),
      cpu
    )
    expect(parameters["auto.mu.loc"]?.[0]).toBeCloseTo(-1, 5)
    expect(parameters["auto.child.loc"]?.[0]).toBeCloseTo(-1, 5)
    expect(parameters["auto.half.loc"]?.[0]).toBeCloseTo(Math.log(4), 5)
    expect(parameters["auto.between.loc"]?.[0]).toBeCloseTo(Math.log(1 / 3), 5)
    expect(Array.from(parameters["auto.shares.loc"] ?? [])).toEqual([
      expect.closeTo(Math.log(2), 5),
      expect.closeTo(0, 5)
    ])
    expect(Array.from(parameters["auto.local.loc"] ?? [])).toEqual([7, 7, 7])
    expect(parameters["auto.mu.scale"]?.[0]).toBeCloseTo(0.5, 5)
  })

  test("with all sites in one vector for a family that has one", async () => {
    const globals = program(
      Effect.gen(function* () {
        const s = yield* sample("s", HalfNormal(2))
        yield* sample("w", Normal(0, s).iid(2))
      })
    )
    const { parameters } = await run(
      globals.autoGuide({ family: Guide.multivariateNormal(), init: { w: [1, 2] } }).fit({}, still),
      cpu
    )
    expect(Array.from(parameters["auto.loc"] ?? [])).toEqual([
      expect.closeTo(Math.log(2 * 0.6744897501960817), 5),
      1,
      2
    ])
  })

  test.each([
    [
      "a site that does not exist",
      { nobody: 1 },
      InvalidOption,
      "option 'init.nobody' is a first value of no such site"
    ],
    [
      "nothing",
      { half: null },
      InvalidOption,
      "option 'init.half' is null; expected a number, a list of numbers or a tensor"
    ],
    ["another count", { shares: [0.5, 0.5] }, ShapeMismatch, "init at site 'shares': expected shape [3], got [2]"],
    ["a value outside of the support", { half: -1 }, SupportViolation, "site 'half' has support 'positive'"],
    ["a value outside of an interval", { between: 3.5 }, SupportViolation, "site 'between' has support 'interval'"],
    ["a value above the end", { under: 1.5 }, SupportViolation, "site 'under' has support 'interval'"]
  ])("refuses %s", (_, init, kind, words) => {
    const explain = () => several.autoGuide({ init: init as never }).explain(data)
    expect(explain).toThrow(kind)
    expect(explain).toThrow(words)
  })
})

describe("an automatic guide refuses in words", () => {
  const refused = (source: unknown, words: string, given: object = {}): void => {
    const guided = (source as typeof several).autoGuide()
    expect(() => guided.explain(given as never)).toThrow(GuideMismatch)
    expect(() => guided.explain(given as never)).toThrow(words)
  }

  test("a discrete site, with the advice", () => {
    const coin = program(sample("coin", Bernoulli({ probs: 0.5 })))
    refused(
      coin,
      `it is discrete (Bernoulli), and automatic guides have densities. Sum it out in the model, enumerate("coin", …), or guide it yourself: autoGuide({ except: () => ({ "coin": … }) })`
    )
  })

  test("a discrete site whose values cannot be listed, without the advice to list them", () => {
    const count = program(sample("count", Poisson({ rate: 3 })))
    const words = (source: unknown): string => {
      try {
        ;(source as typeof several).autoGuide().explain({} as never)
      } catch (error) {
        return String(error)
      }
      return ""
    }
    expect(words(count)).toContain(
      "it is discrete (Poisson), and automatic guides have densities. Its values cannot be listed"
    )
    expect(words(count)).not.toContain('enumerate("count"')
    // 2^17 values are too many to list, 2^5 are not
    const coins = (n: number) => program(sample("count", Bernoulli({ probs: 0.5 }).iid(n)))
    expect(words(coins(17))).not.toContain('enumerate("count"')
    expect(words(coins(5))).toContain('enumerate("count"')
  })

  test("a support that moves with another site, with data or with a parameter", () => {
    const moving = program(Effect.flatMap(sample("z", HalfNormal(1)), (z) => sample("x", Uniform(0, z))))
    refused(moving, "site 'x': no automatic guide: its support moves with the site 'z'")
    const learned = program(Effect.suspend(() => sample("x", Uniform(0, param.positive("end", 1)))))
    refused(learned, "its support moves with the parameter 'end'")
    const read = program(plate("rows", (row: { readonly end: Scalar }) => sample("x", Uniform(0, row.end))))
    refused(read, "its support moves with the data", { rows: { end: Dataset.of([1, 2], []) } })
  })

  test("but not an end that is a constant tensor", async () => {
    const ends = typed<readonly [2]>(tf.tensor1d([1, 3]))
    const fixed = program(sample("x", Uniform(typed<readonly [2]>(tf.tensor1d([0, 2])), ends)))
    const fitted = await run(fixed.autoGuide().fit({}, still), cpu)
    const { x } = await run(fitted.sample(500), cpu)
    for (const [i, value] of x.values.entries()) {
      expect(value).toBeGreaterThan(i % 2 === 0 ? 0 : 2)
      expect(value).toBeLessThan(i % 2 === 0 ? 1 : 3)
    }
  })

  test("sites in plates for a family with one vector, and in plates inside of plates", () => {
    const guided = several.autoGuide(Guide.multivariateNormal())
    expect(() => guided.explain(data)).toThrow(
      "site 'local': it stands in the plate 'rows', and AutoMultivariateNormal covers sites outside of plates. Use Guide.normal()"
    )
    const nested = program(
      plate("a", (_: object) =>
        plate("b", (row: { readonly y: Scalar }) =>
          Effect.flatMap(sample("z", Normal(0, 1)), (z) => observe("x", Normal(z, 1), row.y))
        )
      )
    )
    refused(nested, "it stands in the plates [a, b], and parameters for each row go by one plate", {
      a: { t: Dataset.of([1], []) },
      b: { y: Dataset.of([1], []) }
    })
  })

  test("exceptions beside AutoLaplace, one number for couplings, and more than 500 numbers for a curvature", () => {
    const one = program(sample("w", Normal(0, 1)))
    const except = () => ({ w: Normal(0, 1) })
    expect(() => one.autoGuide({ family: Guide.laplace(), except }).explain({})).toThrow(
      "AutoLaplace has one curvature for all sites, so it takes no exceptions"
    )
    expect(() => one.autoGuide(Guide.flow({ kind: "realNvp" })).explain({})).toThrow("there is only one number")
    expect(() =>
      program(sample("w", Normal(0, 1).iid(501)))
        .autoGuide(Guide.laplace())
        .explain({})
    ).toThrow("AutoLaplace needs the curvature in 501 directions, and 500 at most can be had")
  })

  test("options that are not right", () => {
    expect(() => Guide.normal({ scale: 0 })).toThrow(InvalidOption)
    expect(() => Guide.lowRankNormal({ rank: 1.5 })).toThrow("option 'rank' is 1.5; expected a whole number from 1")
    expect(() => Guide.flow({ kind: "maf" as never })).toThrow(`option 'kind' is "maf"`)
  })

  test("the score function for one site of a vector", async () => {
    const two = program(Effect.flatMap(sample("a", Normal(0, 1)), (a) => sample("b", Normal(a, 1))))
    const { score } = await import("../../../src/infer/estimator/score.ts")
    const error = await failure(
      two.autoGuide(Guide.multivariateNormal()).fit({}, { estimators: { a: score }, progress: false })
    )
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("it shares one AutoMultivariateNormal with b, so it has no log density of its own")
  })
})

describe("exceptions", () => {
  const mixed = program(
    Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      const person = yield* sample("person", Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }))
      yield* plate("rows", (_row: object) =>
        Effect.gen(function* () {
          const k = yield* sample("k", Bernoulli({ probs: 0.3 }))
          const z = yield* sample("z", Normal(mu, 1))
          yield* observe("y", Normal(typed<readonly []>(tf.addN([z, k, tf.mul(0, person.height), person.smokes])), 1))
        })
      )
    })
  )
  const guided = mixed.autoGuide({
    except: () => ({
      "person.smokes": Bernoulli({ probs: param.unit("smokes", 0.2) }),
      rows: () => ({ k: Bernoulli({ probs: param.row.unit("k", 0.3) }) })
    })
  })
  const rows = { rows: { y: Dataset.of([0.1, 1.2, -0.4, 0.8], []) } }

  test("stand beside automatic sites, outside of plates and within", async () => {
    const sites = guided
      .explain(rows)
      .sites.map(({ site, guide, because }) => [site, guide, because.includes("AutoNormal")])
    expect(sites).toEqual([
      ["mu", "Normal []", true],
      ["person.height", "Normal []", true],
      ["person.smokes", "Bernoulli []", false],
      ["k", "Bernoulli []", false],
      ["z", "Normal []", true],
      ["y", undefined, false]
    ])
    const { parameters } = await run(guided.fit(rows, { epochs: 3, batchSize: 2, progress: false }), cpu)
    expect(parameters["auto.z.loc"]).toHaveLength(4)
    expect(parameters["k"]).toHaveLength(4)
    expect(Object.keys(parameters).sort()).toEqual(
      ["auto.mu", "auto.person.height", "auto.z"]
        .flatMap((site) => [`${site}.loc`, `${site}.scale`])
        .concat("k", "smokes")
        .sort()
    )
  })

  test("that name no latent site are refused", () => {
    const wrong = { except: () => ({ nobody: LogNormal(0, 1) }) } as unknown as Parameters<typeof several.autoGuide>[0]
    const explain = () => several.autoGuide(wrong).explain(data)
    expect(explain).toThrow(GuideMismatch)
    expect(explain).toThrow("site 'nobody': the guide samples it, but it is not a latent site of the model")
  })

  test("are not needed for a site that the model sums out", async () => {
    const mixture = program(
      Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, 1))
        yield* plate("rows", (_row: object) =>
          Effect.gen(function* () {
            const k = yield* enumerate("k", Bernoulli({ probs: 0.3 }))
            yield* observe("y", Normal(typed<readonly []>(tf.add(mu, k)), 1))
          })
        )
      })
    )
    const { parameters } = await run(
      mixture.autoGuide(Guide.laplace()).fit(rows, { epochs: 300, learningRate: 0.02, progress: false }),
      cpu
    )
    // Newton's method on log p(mu) + Σ log(0.7 N(y; mu, 1) + 0.3 N(y; mu + 1, 1)), in float64
    const ys = [0.1, 1.2, -0.4, 0.8]
    const slope = (mu: number): number =>
      ys.reduce((sum, y) => {
        const [a, b] = [0.7 * Math.exp(-0.5 * (y - mu) ** 2), 0.3 * Math.exp(-0.5 * (y - mu - 1) ** 2)]
        return sum + (a * (y - mu) + b * (y - mu - 1)) / (a + b)
      }, -mu)
    let [low, high] = [-3, 3]
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (slope(middle) > 0) low = middle
      else high = middle
    }
    expect(Math.abs((parameters["auto.loc"]?.[0] ?? Number.NaN) - low)).toBeLessThan(1e-4)
    const curvature = (slope(low - 1e-4) - slope(low + 1e-4)) / 2e-4
    expect(Math.abs((parameters["auto.scale"]?.[0] ?? Number.NaN) ** 2 * curvature - 1)).toBeLessThan(1e-3)
  })
})
