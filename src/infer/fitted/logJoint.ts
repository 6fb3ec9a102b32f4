import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { atOnce } from "../../data/pieces.ts"
import { DataFormat, InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { Engine } from "../../engine/Engine.ts"
import type { AnyProgram, LatentIn, Observations, OnlySites } from "../../model/Guided.ts"
import { readingLatents } from "../../model/handler/readingLatents.ts"
import { type Runnable, runnable } from "../../model/handler/runnable.ts"
import type { ValueAt } from "../../model/handler/values.ts"
import type { AnyLatent, AnyPlate } from "../../model/Site.ts"
import { type Shape, sameShape, sizeOf, type Tensor } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { dropAxis, vectorise } from "../../trace/vectorise.ts"
import { checkData } from "../fit/checkData.ts"
import { type Derived, deriveValue } from "../fit/derive.ts"
import { inputName, own, weightsInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { elbo } from "../objective/elbo.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder, wholeReading } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { fixedOf, type Prepared, type ProgramData, prepare, shapesOf, tablesOf } from "../run/prepared.ts"
import type { Result } from "./fitted.ts"
import { parametersOf } from "./simulate.ts"

interface LatentValuesOf<R, Rows extends Shape> {
  readonly _: { readonly [S in Extract<R, AnyLatent> as S["name"]]: Given<ValueAt<S>, Rows> } & {
    readonly [S in Extract<R, AnyPlate> as [LatentIn<S["sites"]>] extends [never] ? never : S["name"]]: LatentValues<
      S["sites"],
      readonly [...Rows, number]
    >
  }
}
type Given<T, Rows extends Shape> =
  T extends Tensor<infer S> ? Tensor<readonly [...Rows, ...S]> | ([...Rows, ...S] extends [] ? number : never) : never
/** A value for each latent site: those in a plate inside of a record of its name, with a leading dimension for its rows. */
export type LatentValues<R, Rows extends Shape = readonly []> = LatentValuesOf<R, Rows>["_"] extends infer T
  ? { readonly [K in keyof T]: T[K] }
  : never

export interface LogJointOptions {
  /** parameters by name, such as those of a fitted value; otherwise they have their first values */
  readonly parameters?: Parameters
}

/**
 * log p(data, values) of a program, in nats: the log densities of all its sites, added up over the rows of its plates. Sites that are summed out are
 * summed out here too.
 *
 * @param data what `fit` takes
 * @param values one for each latent site; in a plate `[rows, ...event]`
 * @throws DataFormat, ShapeMismatch and SupportViolation for data or values that do not fit, InvalidOption for values that are missing or too many
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   yield* observe("x", Normal(mu, 1))
 * })
 * const x = Tensor.of([], tf.scalar(3))
 * const number = await Effect.runPromise(Effect.provide(logJoint(pair, { x }, { mu: 1 }), Engine.auto))
 * number // => -0.5 * (1 + 4) - Math.log(2 * Math.PI)
 * ```
 */
export const logJoint = <A, E, R>(
  program: Runnable<A, E, R> & OnlySites<R, E>,
  data: Observations<R>,
  values: LatentValues<R>,
  options: LogJointOptions = {}
): Result<number> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* attempt(() => mustBeKnown(options))
      const { graph, derived, given, sizes, prepared } = yield* attempt(() =>
        logJointGraph(runnable(program) as AnyProgram, data, values)
      )
      const { loss, joint } = derived
      const labels = loss.plates.map(({ label }) => label)
      const inputs = new Set(given.map(({ input }) => input))
      const plates = loss.plates.map((plate) => ({
        ...plate,
        inputs: new Set([...plate.inputs].filter((input) => !inputs.has(input)))
      }))
      const loop = forwardLoop(simplify(graph), { plates })
      const readings = labels.map((plate) => wholeReading(plate, own(sizes, plate) ?? 1))
      const engine = yield* Engine
      const parameters = yield* attempt(() => parametersOf(joint, prepared, options.parameters, 0))
      const numbers = Object.fromEntries(given.map(({ input, numbers }) => [input, numbers]))
      const session = yield* engine.compile(
        loop,
        {
          state: stateOf(loop, parameters),
          fixed: { ...fixedOf(prepared), ...numbers },
          tables: tablesOf(prepared)
        },
        { steps: 1 }
      )
      const emitted = yield* runAll(session, 1, feeder(batchPlan(0, readings), loop.graph))
      return -(emitted["value"]?.[0] ?? Number.NaN)
    })
  )

/**
 * −log p(data, values) as the output `value` of a graph over all rows, in which each latent value is an input; the numbers given are those of the
 * inputs, and their shapes, at first.
 */
export const logJointGraph = (program: AnyProgram, data: unknown, values: unknown) => {
  const recorded = derivedAt(program, data, values)
  const { loss } = recorded.derived
  const inputs = new Map(recorded.given.map((value) => [value.input, value.plates] as const))
  const withValues = loss.enumerated.reduce<Graph>(
    (before, axis) => vectorise(before, { ...axis, size: axis.size ?? 1 }),
    {
      ...loss.graph,
      outputs: { value: loss.graph.outputs["value"] ?? 0 }
    }
  )
  const withPlates = loss.plates.reduceRight<Graph>((before, { label, ...axis }) => {
    const crossed = [...inputs].flatMap(([input, plates]) => (plates.includes(label) ? [input] : []))
    const along = { ...axis, size: own(recorded.sizes, label) ?? 1, weights: weightsInput(label) }
    return vectorise(before, { ...along, inputs: new Set([...axis.inputs, ...crossed]) })
  }, withValues)
  return { ...recorded, graph: dropAxis(withPlates, loss.particles.name) }
}

const mustBeKnown = (options: LogJointOptions): void => {
  const unknown = Object.keys(options).find((name) => name !== "parameters")
  if (unknown !== undefined) throw new InvalidOption({ option: unknown, value: "unknown", expected: "parameters" })
}

/** The value of a latent site as an input of the graph. */
interface GivenValue {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly input: string
  readonly event: Shape
  readonly numbers: Float32Array
}

/** The program in which every latent site is read as data are, recorded and checked. */
const derivedAt = (program: AnyProgram, data: unknown, values: unknown) => {
  const prepared = prepare(data as ProgramData)
  const given = leavesOf(values).map((leaf) => givenValue(leaf, prepared))
  const merged = given.reduce(withValue, prepared)
  const model = readingLatents<unknown, never, unknown, unknown>(
    program,
    new Set(given.map(({ plates, name }) => [...plates, name].join(".")))
  )
  const derived: Derived = deriveValue({ model, guide: { kind: "record", make: () => ({}) } }, shapesOf(merged), {
    objective: elbo,
    particles: 1,
    per: "total"
  })
  atOnce(checkData(derived, merged))
  return { derived, given, sizes: prepared.sizes, prepared }
}

interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly value: tf.Tensor | number
}

const leavesOf = (values: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<Leaf> => {
  if (typeof values === "number" || values instanceof tf.Tensor) return [{ path, value: values }]
  if (typeof values === "object" && values !== null && !Array.isArray(values))
    return Object.entries(values).flatMap(([name, value]) => leavesOf(value, [...path, name]))
  throw new InvalidOption({
    option: ["values", ...path].join("."),
    value: Array.isArray(values) ? "an array" : String(values),
    expected: "a tensor, a number for a scalar, or for a plate a record of them"
  })
}

const givenValue = ({ path, value }: Leaf, { sizes, plates: known }: Prepared): GivenValue => {
  const [plates, name] = [path.slice(0, -1), path.at(-1)]
  if (name === undefined)
    throw new InvalidOption({ option: "values", value: String(value), expected: "values by the name of their site" })
  const shape = typeof value === "number" ? [] : value.shape
  const rows = plates.map((plate) => own(sizes, plate) ?? 1)
  const event = shape.slice(rows.length)
  if (!sameShape(shape.slice(0, rows.length), rows))
    throw new ShapeMismatch({
      site: name,
      where: "values",
      expected: [...rows, ...event],
      actual: shape,
      advice: "A value in a plate has one entry for each of its rows, first."
    })
  const plate = plates.at(-1)
  if (plate !== undefined && own(own(known, plate) ?? {}, name) !== undefined)
    throw new DataFormat({
      path: `data.${plate}.${name}`,
      reason: `the rows have a field of the name of the latent site '${name}'`,
      advice: "Give one of them another name."
    })
  const numbers = typeof value === "number" ? Float32Array.of(value) : Float32Array.from(value.dataSync())
  return { name, plates, input: inputName(name, plate), event, numbers }
}

const withValue = (data: Prepared, { name, plates, event, numbers }: GivenValue): Prepared => {
  const size = numbers.length / sizeOf(event)
  const value = {
    event,
    size,
    shape: [size, ...event] as const,
    support: "unknown" as const,
    values: numbers,
    scale: 1
  }
  const plate = plates.at(-1)
  if (plate === undefined) return { ...data, globals: { ...data.globals, [name]: value } }
  return { ...data, plates: { ...data.plates, [plate]: { ...own(data.plates, plate), [name]: value } } }
}
