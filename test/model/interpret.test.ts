import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DuplicateSite, GuideMismatch, ShapeMismatch } from "../../src/Errors.ts"
import type { AnyGuideRecord, AnyProgram, Guided } from "../../src/model/Guided.ts"
import type { AnyRow, SiteRequest } from "../../src/model/Interpreter.ts"
import { drawGuide, interpret } from "../../src/model/interpret.ts"
import { withParams } from "../../src/model/Param.ts"
import { discharge, observe, plate, sample } from "../../src/model/Site.ts"
import type { World } from "../../src/model/World.ts"
import { fill, type Key } from "../../src/tensor/random.ts"
import { type Tensor, typed } from "../../src/tensor/Tensor.ts"
import { freesTensors } from "../support/freesTensors.ts"

type Scalar = Tensor<readonly []>
const number = (x: tf.Tensor): number => x.dataSync()[0] ?? Number.NaN

freesTensors()

/** A world of plain numbers: rows and observed values by name. */
const world = (
  rows: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
  observed: Readonly<Record<string, number>> = {},
  more: Partial<World> = {}
): World => ({
  params: {
    get: () => tf.scalar(0),
    nameOf: () => "net"
  },
  row: (name) =>
    Object.fromEntries(Object.entries(rows[name] ?? {}).map(([field, value]) => [field, typed(tf.scalar(value))])),
  observed: (site, plates) =>
    typed(tf.scalar((plates.length === 0 ? observed[site] : rows[plates.at(-1) ?? ""]?.[site]) ?? Number.NaN)),
  key: (site) => ({ seed: 1, site, step: 0, lane: 0 }),
  mark: (_, draw) => draw,
  ...more
})
const guided = (model: AnyProgram, make: () => AnyGuideRecord): Guided => ({ model, guide: { kind: "record", make } })
const guidedWith = (model: AnyProgram, make: () => AnyProgram): Guided => ({ model, guide: { kind: "program", make } })

const hierarchy = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* observe("total", Normal(mu, 2))
  yield* plate("rows", (row: { readonly x: Scalar }) =>
    Effect.gen(function* () {
      const z = yield* sample("z", Normal(typed<readonly []>(tf.add(mu, row.x)), sigma))
      const y = yield* observe("y", Normal(z, 1))
      expect(number(y)).toBe(7)
    })
  )
})
const record = () => ({
  sigma: LogNormal(-1, 0.1),
  mu: Normal(3, 0.5),
  rows: (row: { readonly x: Scalar }) => ({ z: Normal(row.x, 0.25) })
})
const data = { rows: { x: 2, y: 7 } }

describe("a model with its guide, run once", () => {
  test("gives its sites in the model's order, with both distributions, their plates and values", () => {
    const sites = interpret(guided(hierarchy, record as never), world(data, { total: 5 }))
    expect(sites.map(({ name, kind, plates }) => [name, kind, plates.join()])).toEqual([
      ["mu", "latent", ""],
      ["sigma", "latent", ""],
      ["total", "observed", ""],
      ["z", "latent", "rows"],
      ["y", "observed", "rows"]
    ])
    const [mu, sigma, total, z, y] = sites
    if (mu?.kind !== "latent" || sigma?.kind !== "latent" || z?.kind !== "latent")
      throw new Error("three sites are latent")
    expect([mu.guide?.family, mu.prior.family, sigma.guide?.family, sigma.prior.family]).toEqual([
      "Normal",
      "Normal",
      "LogNormal",
      "HalfNormal"
    ])
    expect([number(total?.value as tf.Tensor), number(y?.value as tf.Tensor)]).toEqual([5, 7])
  })

  test("draws each latent value from the guide by the site's own key, and the model sees that value", () => {
    const sites = interpret(guided(hierarchy, record as never), world(data, { total: 5 }))
    const noise = (site: string): number => {
      const values = new Float32Array(1)
      fill("normal", values, { seed: 1, site, step: 0, lane: 0 })
      return values[0] ?? Number.NaN
    }
    const value = (name: string): number => number(sites.find((site) => site.name === name)?.value as tf.Tensor)
    expect(value("mu")).toBeCloseTo(3 + 0.5 * noise("mu"), 5)
    expect(value("sigma")).toBeCloseTo(Math.exp(-1 + 0.1 * noise("sigma")), 5)
    expect(value("z")).toBeCloseTo(2 + 0.25 * noise("z"), 5)
    const z = sites.find(({ name }) => name === "z")
    if (z?.kind !== "latent") throw new Error("z is latent")
    expect(number(z.prior.mean())).toBeCloseTo(value("mu") + 2, 5)
    expect(number(z.prior.variance())).toBeCloseTo(value("sigma") ** 2, 5)
  })

  test("shows the model what the world makes of a draw", () => {
    const marked: Array<string> = []
    const mark: World["mark"] = (site, draw) => {
      marked.push(site)
      return typed(tf.add(draw, 100))
    }
    const [mu] = interpret(guided(hierarchy, record as never), world(data, { total: 5 }, { mark }))
    expect(marked.toSorted()).toEqual(["mu", "sigma", "z"])
    expect(number(mu?.value as tf.Tensor)).toBeGreaterThan(90)
  })

  test("runs a guide program in its own order, in which one site may depend on another", () => {
    const chain = Effect.gen(function* () {
      yield* sample("a", Normal(0, 1))
      yield* sample("b", Normal(0, 1))
    })
    const guide = () =>
      Effect.gen(function* () {
        const b = yield* sample("b", Normal(10, 1e-6))
        yield* sample("a", Normal(typed<readonly []>(tf.mul(2, b)), 1e-6))
      })
    const sites = interpret(guidedWith(chain, guide), world())
    expect(sites.map(({ name, value }) => [name, Math.round(number(value))])).toEqual([
      ["a", 20],
      ["b", 10]
    ])
  })

  test("a program inside of a program is part of it", () => {
    const inner = (name: "left" | "right") => sample(name, Normal(0, 1))
    const both = Effect.gen(function* () {
      yield* inner("left")
      yield* inner("right")
    })
    const sites = interpret(
      guided(both, () => ({ left: Normal(0, 1), right: Normal(0, 1) })),
      world()
    )
    expect(sites.map(({ name }) => name)).toEqual(["left", "right"])
  })

  test("a nested plate is known by all the plates around it, outermost first", () => {
    const nested = plate("outer", () =>
      plate("inner", () => Effect.andThen(sample("z", Normal(0, 1)), observe("y", Normal(0, 1))))
    )
    const guide = (): AnyGuideRecord => ({ outer: () => ({ inner: () => ({ z: Normal(0, 1) }) }) })
    const sites = interpret(guided(nested, guide), world({ outer: {}, inner: { y: 1 } }))
    expect(sites.map(({ plates }) => plates)).toEqual([
      ["outer", "inner"],
      ["outer", "inner"]
    ])
  })

  test("after a plate the program is outside of it again", () => {
    const after = Effect.andThen(
      plate("rows", () => observe("y", Normal(0, 1))),
      observe("total", Normal(0, 1))
    )
    const sites = interpret(
      guided(after, () => ({})),
      world({ rows: { y: 1 } }, { total: 2 })
    )
    expect(sites.map(({ name, plates }) => [name, plates.length])).toEqual([
      ["y", 1],
      ["total", 0]
    ])
  })
})

describe("what types cannot see is refused", () => {
  const one = sample("w", Normal(0, 1))
  const w = () => ({ w: Normal(0, 1) })
  const cases: ReadonlyArray<
    readonly [string, Guided, typeof GuideMismatch | typeof DuplicateSite | typeof ShapeMismatch, string]
  > = [
    ["a missing guide site", guided(one, () => ({})), GuideMismatch, "site 'w': the guide is missing this latent site"],
    [
      "a guide site too many",
      guided(one, () => ({ ...w(), v: Normal(0, 1) })),
      GuideMismatch,
      "site 'v': the guide samples it"
    ],
    [
      "another shape",
      guided(one, () => ({ w: Normal(0, 1).iid(3) })),
      GuideMismatch,
      "the guide gives shape [3], the prior []"
    ],
    [
      "a support outside of the prior's",
      guided(sample("w", HalfNormal(1)), w),
      GuideMismatch,
      "support 'real', which is not inside the prior's 'positive'"
    ],
    [
      "a site twice in the model",
      guided(Effect.andThen(one, one), w),
      DuplicateSite,
      "the site name 'w' is used twice"
    ],
    [
      "a latent and an observed site of one name",
      guided(Effect.andThen(one, observe("w", Normal(0, 1))), w),
      DuplicateSite,
      "'w'"
    ],
    ["a site twice in the guide", guidedWith(one, () => Effect.andThen(one, one)), DuplicateSite, "'w'"],
    [
      "a guide that observes",
      guidedWith(one, () => observe("w", Normal(0, 1))),
      GuideMismatch,
      "a guide observes nothing"
    ],
    [
      "a datum of another shape",
      guided(observe("y", Normal(0, 1).iid(2)), () => ({})),
      ShapeMismatch,
      "Normal at site 'y': expected shape [2], got []"
    ]
  ]
  test.each(cases)("%s", (_, problem, type, message) => {
    const go = () => interpret(problem, world())
    expect(go).toThrow(type)
    expect(go).toThrow(message)
  })

  test("a positive guide under a real prior is inside its support", () => {
    expect(
      interpret(
        guided(one, () => ({ w: LogNormal(0, 1) })),
        world()
      )
    ).toHaveLength(1)
  })

  test("an error of the program's own code comes out as it is", () => {
    const wrong = new Error("mine")
    const broken = Effect.sync(() => {
      throw wrong
    })
    expect(() =>
      interpret(
        guided(broken, () => ({})),
        world()
      )
    ).toThrow(wrong)
  })
})

test("drawGuide draws without a model, and marks the plates of each draw", () => {
  const keys: Array<string> = []
  const key = (site: string): Key => {
    keys.push(site)
    return { seed: 1, site, step: 0, lane: 0 }
  }
  const at = world(data, {}, { key })
  const drawn = withParams(at.params, () => drawGuide({ kind: "record", make: record as never }, at))
  expect([...drawn].map(([name, { plates }]) => [name, plates.join()])).toEqual([
    ["sigma", ""],
    ["mu", ""],
    ["z", "rows"]
  ])
  expect(keys).toEqual(["sigma", "mu", "z"])
})

test("a discharged program asks for nothing but its other services", () => {
  const interpreter = {
    site: ({ kind }: SiteRequest) => typed(tf.scalar(kind === "sample" ? 3 : 4)),
    collect: (_: string, value: Tensor) => value,
    scan: () => Effect.die("there is no recurrence"),
    plate: <A, E, R>(_: string, body: (row: AnyRow) => Effect.Effect<A, E, R>) => body({}),
    choose: () => Effect.die("there is no choice")
  }
  const sum = Effect.gen(function* () {
    const a = yield* sample("a", Normal(0, 1))
    const b = yield* observe("b", Normal(0, 1))
    return number(a) + number(b)
  })
  const closed: Effect.Effect<number> = discharge(sum, { ...interpreter, everyRow: false })
  expect(Effect.runSync(closed)).toBe(7)
})
