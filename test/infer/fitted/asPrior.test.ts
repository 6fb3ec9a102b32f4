import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Product } from "../../../src/dist/combine/Product.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { GuideMismatch } from "../../../src/Errors.ts"
import { logJoint } from "../../../src/infer/fitted/logJoint.ts"
import { simulate } from "../../../src/infer/fitted/simulate.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { reshape } from "../../../src/tensor/ops/arrange.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { sum } from "../../../src/tensor/ops/reduce.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, normals, run } from "../harness.ts"

/** The posterior as a prior: what comes out after two batches is what one batch of all the data gives. */
const still = { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) } as const
const noise = 0.8
const all = Array.from(normals(4, 20), (z) => 1.5 + noise * z)
const [one, two] = [all.slice(0, 8), all.slice(8)]

/** The posterior of a mean under a normal prior, and log p(y). */
const exact = (y: ReadonlyArray<number>, mean = 0, sd = 2) => {
  const precision = 1 / sd ** 2 + y.length / noise ** 2
  const location = (mean / sd ** 2 + y.reduce((total, x) => total + x, 0) / noise ** 2) / precision
  const at = normal(location, mean, sd) + y.reduce((total, x) => total + normal(x, location, noise), 0)
  return { mean: location, sd: precision ** -0.5, logMarginal: at - normal(location, location, precision ** -0.5) }
}
const normal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)

const rows = (mu: Tensor<readonly []>) => plate("rows", () => observe("y", Normal(mu, noise)))
const guideAt = (loc: number, scale: number) => () => ({
  mu: Normal(param("loc", loc), param.positive("scale", scale))
})
const model = program(function* () {
  yield* rows(yield* sample("mu", Normal(0, 2)))
})
const number = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
const vector = (x: [number, number]): Tensor<readonly [2]> => Tensor.of([2], tf.tensor1d(x))
const dataOf = (y: ReadonlyArray<number>) => ({ rows: { y: Dataset.of(y, []) } })

describe("a posterior as the prior of the next batch", () => {
  test("gives the marginal likelihood of the next data given the first, and the batch posterior makes the bound tight", async () => {
    const [first, batch] = [exact(one), exact(all)]
    const fitted = await run(model.guide(guideAt(first.mean, first.sd)).fit(dataOf(one), still), cpu)
    const posterior = fitted.asPrior()
    const next = program(function* () {
      const { mu } = yield* posterior.effect
      yield* rows(mu)
    }).guide(guideAt(batch.mean, batch.sd))
    const again = await run(next.fit(dataOf(two), still), cpu)
    const bound = await run(again.logMarginal(dataOf(two), { particles: 5 }), cpu)
    expect(bound).toBeCloseTo(exact(all).logMarginal - exact(one).logMarginal, 3)
    const off = await run(
      next.fit(dataOf(two), { ...still, start: { parameters: { ...again.parameters, loc: Float32Array.of(0) } } }),
      cpu
    )
    expect(await run(off.logMarginal(dataOf(two), { particles: 5 }), cpu)).toBeLessThan(bound - 1)
  })

  test("by fits from afar: two batches, one after the other, end where one fit to all data ends", async () => {
    const options = {
      epochs: 1500,
      particles: 16,
      progress: false,
      optimizer: Optimizer.adam(Schedule.cosine(0.05))
    } as const
    const begin = guideAt(0, 1)
    const fitted = await run(model.guide(begin).fit(dataOf(one), options))
    const posterior = fitted.asPrior()
    const next = program(function* () {
      const { mu } = yield* posterior.effect
      yield* rows(mu)
    }).guide(begin)
    const again = await run(next.fit(dataOf(two), options))
    const batch = exact(all)
    expect(Math.abs((again.parameter("loc")[0] ?? Number.NaN) - batch.mean)).toBeLessThan(0.02 * batch.sd)
    expect(Math.abs((again.parameter("scale")[0] ?? Number.NaN) / batch.sd - 1)).toBeLessThan(0.02)
    // the first batch alone is elsewhere
    expect(Math.abs(exact(two).mean - batch.mean)).toBeGreaterThan(0.1 * batch.sd)
  })
})

describe("its sites have the densities of the guide", () => {
  test("one after the other where they depend on each other, in a guide that is a program", async () => {
    const pair = program(function* () {
      const a = yield* sample("a", Normal(0, 1))
      const b = yield* sample("b", Normal(0, 1))
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(a, 1))
        yield* observe("y", Normal(add(z, b), 1))
      })
    }).guideWith(function* () {
      const b = yield* sample("b", Normal(param("b.loc", 0.4), 0.5))
      yield* sample("a", Normal(mul(param("slope", -0.7), b), 0.3))
      yield* plate("rows", () => sample("z", Normal(param.row("z.loc", 0), 1)))
    })
    const posterior = (await run(pair.fit(dataOf(one), still), cpu)).asPrior()
    const found = await run(logJoint(posterior, {}, { a: 0.2, b: -0.1 }), cpu)
    expect(found).toBeCloseTo(normal(-0.1, 0.4, 0.5) + normal(0.2, 0.07, 0.3), 5)
    const { a, b } = await run(simulate(posterior, {}, 4000, { seed: 1 }), cpu)
    const mean = (xs: ArrayLike<number>): number => Array.from(xs).reduce((total, x) => total + x, 0) / xs.length
    expect(Math.abs(mean(b.values) - 0.4)).toBeLessThan((4 * 0.5) / Math.sqrt(4000))
    expect(Math.abs(mean(a.values) + 0.28)).toBeLessThan((4 * Math.hypot(0.35, 0.3)) / Math.sqrt(4000))
  })

  test("by the weights of its own nets, also where the next program has nets without names before them", async () => {
    const shift = Net.mlp([1, 1])
    const two = program(function* () {
      const a = yield* sample("a", Normal(0, 1))
      yield* observe("y", Normal(add(a, yield* sample("b", Normal(0, 1))), 1))
    }).guideWith(function* () {
      const a = yield* sample("a", Normal(0.5, 1))
      yield* sample("b", Normal(sum(shift(reshape(a, [1]))), 1))
    })
    const fitted = await run(two.fit({ y: number(1) }, still), cpu)
    const [weight, bias] = [fitted.parameter("mlp.0.weight")[0] ?? 0, fitted.parameter("mlp.0.bias")[0] ?? 0]
    expect(weight).not.toBe(0)
    const other = Net.mlp([1, 1])
    const posterior = fitted.asPrior()
    const next = program(function* () {
      const c = yield* sample("c", Normal(0, 1))
      const d = sum(other(reshape(c, [1])))
      const { a, b } = yield* posterior.effect
      yield* observe("y", Normal(add(add(a, b), mul(0, d)), 1))
    })
    const found = await run(logJoint(next, { y: number(1) }, { a: 0.3, b: 0.6, c: 0 }), cpu)
    const wanted = normal(0, 0, 1) + normal(0.3, 0.5, 1) + normal(0.6, 0.3 * weight + bias, 1) + normal(1, 0.9, 1)
    expect(found).toBeCloseTo(wanted, 4)
  })

  test("factor by factor for a product, and without what stands in plates", async () => {
    const person = program(function* () {
      const { height } = yield* sample("person", Product({ height: Normal(0, 1), weight: Normal(0, 1) }))
      yield* plate("rows", function* () {
        yield* observe("y", Normal(add(yield* sample("z", Normal(0, 1)), height), 1))
      })
    }).guide(() => ({
      person: Product({ height: Normal(param("h", 0.2), 0.5), weight: Normal(0.1, 0.3) }),
      rows: () => ({ z: Normal(0, 1) })
    }))
    const posterior = (await run(person.fit(dataOf(one), still), cpu)).asPrior()
    const found = await run(logJoint(posterior, {}, { "person.height": 0.1, "person.weight": 0 }), cpu)
    expect(found).toBeCloseTo(normal(0.1, 0.2, 0.5) + normal(0, 0.1, 0.3), 5)
  })

  test("for each row, where the next program asks inside of a plate", async () => {
    const posterior = (await run(model.guide(guideAt(0.5, 0.3)).fit(dataOf(one), still), cpu)).asPrior()
    const apart = program(function* () {
      yield* plate("groups", function* () {
        const { mu } = yield* posterior.effect
        yield* observe("x", Normal(mu, 1))
      })
    })
    const values = { groups: { mu: vector([0.1, 0.9]) } }
    const found = await run(logJoint(apart, { groups: { x: Dataset.of([1, 2], []) } }, values), cpu)
    const wanted = normal(0.1, 0.5, 0.3) + normal(0.9, 0.5, 0.3) + normal(1, 0.1, 1) + normal(2, 0.9, 1)
    expect(found).toBeCloseTo(wanted, 4)
  })
})

describe("a guide without densities is refused in words", () => {
  test.each([
    ["a point", Guide.delta(), "the guide is a point"],
    ["one normal of all sites", Guide.multivariateNormal(), "Guide.structured()"]
  ])("%s", async (_, family, words) => {
    const both = program(function* () {
      const a = yield* sample("a", Normal(0, 1))
      yield* rows(add(a, yield* sample("b", Normal(0, 1))))
    })
    const posterior = (await run(both.autoGuide(family).fit(dataOf(one), still), cpu)).asPrior()
    const error = await failure(logJoint(posterior, {}, { a: 0, b: 0 }))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain(words)
  })
})
