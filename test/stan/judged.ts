import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Data } from "../../src/data/Data.ts"
import type { Dataset } from "../../src/data/Dataset.ts"
import type { FitError } from "../../src/Errors.ts"
import { onBackend } from "../../src/engine/backend.ts"
import type { Engine } from "../../src/engine/Engine.ts"
import { runGraph } from "../../src/engine/runGraph.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { logJointGraph } from "../../src/infer/fitted/logJoint.ts"
import type { Draws } from "../../src/infer/fitted/posterior.ts"
import type { GuidedProgram, Program } from "../../src/infer/program/program.ts"
import { fixedOf, wholeOf } from "../../src/infer/run/prepared.ts"
import type { AutoFamily } from "../../src/model/auto/Guide.ts"
import type { AnyProgram } from "../../src/model/Guided.ts"
import { type Shape, sizeOf } from "../../src/tensor/Tensor.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import type { Way } from "./ways.ts"

/** What scripts/fixtures/stan/make.py wrote about a program: Stan's word. */
export interface Fixture {
  readonly data: Readonly<Record<string, Nested>>
  readonly points: ReadonlyArray<ReadonlyArray<number>>
  readonly logDensity: ReadonlyArray<number>
  readonly gradient: ReadonlyArray<ReadonlyArray<number>>
  readonly posterior: {
    readonly diverged: number
    readonly rHat: number
    /** mean, standard deviation, and the Monte Carlo errors of both */
    readonly moments: Readonly<Record<string, readonly [number, number, number, number]>>
  }
}
type Nested = number | ReadonlyArray<Nested>

export const fixtureOf = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../fixtures/stan/${name}.json`, import.meta.url), "utf8"))

/** The data of a fixture as a program takes them. */
export const given = ({ data }: Pick<Fixture, "data">) => {
  const list = (name: string): ReadonlyArray<number> => [data[name] ?? []].flat(9) as ReadonlyArray<number>
  const rows = <const P extends "real" | "positive" | "unitInterval" | "integerInterval" | "interval" = "real">(
    name: string,
    support: P = "real" as P
  ): Dataset<readonly [], P> => Data.of(list(name), [], support)
  return {
    list,
    rows,
    number: (name: string): number => list(name)[0] ?? Number.NaN,
    counts: (name: string): Dataset<readonly [], "natural"> => Data.of(list(name), [], "natural"),
    booleans: (name: string): Dataset<readonly [], "boolean"> => Data.of(list(name), [], "boolean"),
    countVectors: <const N extends number>(name: string, n: N): Dataset<readonly [N], "natural"> =>
      Data.of(list(name), [n], "natural"),
    positions: (n: number): Dataset<readonly [], "real"> =>
      Data.of(
        Array.from({ length: n }, (_, i) => i + 1),
        []
      ),
    made: <const P extends "real" | "circle" | "extendedReal" = "real">(
      numbers: ReadonlyArray<number>,
      support: P = "real" as P
    ) => Data.of(numbers, [], support),
    withHoles: <const E extends Shape>(name: string, seen: ReadonlyArray<number>, event: E) =>
      Data.missing(
        list(name).map((x, i) => (seen[i] === 1 ? x : null)),
        event
      ),
    vectors: <const N extends number>(name: string, n: N): Dataset<readonly [N], "real"> => Data.of(list(name), [n]),
    /** Stan counts from 1 */
    indices: (name: string): Dataset<readonly [], "category"> =>
      Data.of(
        list(name).map((i) => i - 1),
        [],
        "category"
      )
  }
}
export type Given = ReturnType<typeof given>

/** A program beside its twin in Stan: its data, and its latent sites in the order of Stan's parameters, those in a plate as `plate/site`. */
export interface Judged {
  readonly program: AnyProgram
  readonly data: (of: Given) => unknown
  readonly parameters: Readonly<Record<string, Way>>
  /** draws of the posterior by an automatic guide, by plate and site */
  readonly draws: (
    of: Given,
    family: AutoFamily,
    options: FitOptions,
    n: number
  ) => Effect.Effect<Draws, FitError, Engine>
}

export const judged = <A, L, O, R>(
  program: Program<A, L, O, R>,
  data: (of: Given) => O,
  parameters: Readonly<Record<string, Way>>
): Judged => ({
  program: program.effect as AnyProgram,
  data,
  parameters,
  draws: (of, family, options, n) => drawsBy(program.autoGuide(family) as GuidedProgram<L, O, R>, data(of), options, n)
})

/** Draws of the posterior of a program by the guide that is fitted to it. */
export const drawsBy = <L, O, R>(guided: GuidedProgram<L, O, R>, data: O, options: FitOptions, n: number) =>
  Effect.flatMap(guided.fit(data, options), (fitted) => fitted.posterior(data, n)) as Effect.Effect<
    Draws,
    FitError,
    Engine
  >

export interface Slopes {
  readonly logDensity: ReadonlyArray<number>
  readonly gradient: ReadonlyArray<ReadonlyArray<number>>
}

/** Our log joint over Stan's reals with its gradient, at all points: the library's graph in float32, the ways to the supports in double precision. */
export const slopesOf = ({ program, data, parameters }: Judged, fixture: Fixture): Slopes => {
  const { points } = fixture
  const sites = sitesOf(parameters)
  const at = (site: Site, point: ReadonlyArray<number>) => point.slice(site.first, site.first + site.way.reals)
  const recorded = recordAt(program, data(given(fixture)), sites)
  // a record of a plate may stand before or after the sites outside of it: each site finds its input by its name
  const inputs = sites.map(({ path }) => {
    const name = (each: { readonly plates: ReadonlyArray<string>; readonly name: string }) =>
      [...each.plates, each.name].join("/") === path.join("/")
    return recorded.given.find(name)?.input ?? ""
  })
  const axis = { name: "points of a judge", size: points.length, inputs: new Set(inputs), sites: new Set<string>() }
  const graph = simplify(vectorise(differentiate(recorded.graph, "value", inputs), { ...axis, spread: true }))
  const found = onBackend("cpu", () =>
    tf.tidy(() => {
      const shapes = new Map(graph.nodes.flatMap(({ attrs, shape }) => [[String(attrs["name"]), shape] as const]))
      const leaf = (name: string, numbers: ReadonlyArray<number> | Float32Array) =>
        [name, tf.tensor(Float32Array.from(numbers), [...(shapes.get(name) ?? [])])] as const
      const values = sites.map((site, i) =>
        leaf(
          inputs[i] ?? "",
          points.flatMap((point) => site.way.value(at(site, point)))
        )
      )
      const { prepared } = recorded
      const fixed = Object.assign(
        fixedOf(prepared),
        ...Object.keys(prepared.plates).map((plate) => wholeOf(prepared, plate, 1))
      ) as Record<string, Float32Array>
      const known = Object.entries(fixed).flatMap(([name, numbers]) => (shapes.has(name) ? [leaf(name, numbers)] : []))
      const outputs = runGraph(graph, Object.fromEntries([...known, ...values]))
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.dataSync<"float32">()]))
    })
  )
  return {
    logDensity: points.map(
      (point, p) =>
        sites.reduce((sum, site) => sum + site.way.logDet(at(site, point)), 0) - (found["value"]?.[p] ?? Number.NaN)
    ),
    gradient: points.map((point, p) =>
      sites.flatMap((site, i) => {
        const n = sizeOf(site.way.shape)
        const slope = found[`grad:${inputs[i]}`]?.slice(p * n, (p + 1) * n) ?? []
        return chained(site.way, at(site, point), slope)
      })
    )
  }
}

interface Site {
  readonly path: ReadonlyArray<string>
  readonly way: Way
  /** the place of its first real in a point */
  readonly first: number
}

const sitesOf = (parameters: Readonly<Record<string, Way>>): ReadonlyArray<Site> => {
  let first = 0
  return Object.entries(parameters).map(([name, way]) => {
    const site = { path: name.split("/"), way, first }
    first += way.reals
    return site
  })
}

/** The program recorded with a first value for each site. */
const recordAt = (program: Judged["program"], data: unknown, sites: ReadonlyArray<Site>) => {
  const values: Record<string, unknown> = {}
  for (const { path, way } of sites) {
    const [site = "", plate] = path.toReversed()
    const value = tf.tensor(way.value(Array.from({ length: way.reals }, () => 0)).slice(), [...way.shape])
    if (plate === undefined) values[site] = value
    else values[plate] = { ...(values[plate] as object), [site]: value }
  }
  return logJointGraph(program, data, values)
}

/** The gradient over the reals, from −(the slope) by a value's numbers: differences of the way in double precision are exact to ten digits. */
const chained = (way: Way, u: ReadonlyArray<number>, slope: ArrayLike<number>): ReadonlyArray<number> =>
  u.map((_, i) => {
    const step = 1e-5
    const [ahead, behind] = [step, -step].map((by) => u.map((x, j) => (i === j ? x + by : x))) as [number[], number[]]
    const [above, below] = [way.value(ahead), way.value(behind)]
    const moved = way.logDet(ahead) - way.logDet(behind)
    return above.reduce((sum, x, k) => sum - (slope[k] ?? Number.NaN) * (x - (below[k] ?? 0)), moved) / (2 * step)
  })
