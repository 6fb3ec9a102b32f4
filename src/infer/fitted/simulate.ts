import { Effect } from "effect"
import { atOnce } from "../../data/pieces.ts"
import { DataFormat, InvalidOption } from "../../Errors.ts"
import type { AnyProgram, Inputs, LatentSource, OnlySites } from "../../model/Guided.ts"
import { generative } from "../../model/handler/generative.ts"
import { type Runnable, runnable } from "../../model/handler/runnable.ts"
import { checkIndices } from "../fit/checkIndices.ts"
import { count, whole } from "../fit/checkOptions.ts"
import { fromOwnSpace } from "../fit/ownSpace.ts"
import { type Joint, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import { recordJoint } from "../joint/recordJoint.ts"
import { attempt } from "../run/attempt.ts"
import { initialParameters } from "../run/initial.ts"
import { type Prepared, type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import { mustBeRecord } from "../run/source.ts"
import { sized } from "../step/trainingLoop.ts"
import type { Simulated } from "./draws.ts"
import type { Result } from "./fitted.ts"
import { drawPosterior } from "./posterior.ts"
import type { TraceOptions } from "./traceProgram.ts"

export type SimulateOptions = TraceOptions

/**
 * `n` joint draws of a program: latent sites from their priors, and then what it observes, whose data it does not read. A site that is conditioned has its given value, and a site that is summed
 * out is drawn too. Scales and masks change no draw.
 *
 * @param inputs the fields of the rows of each plate; for rows without fields how many there are
 * @throws InvalidOption for wrong options, DataFormat for inputs that are missing, not asked for, or no positions where they are read as such, GuideMismatch for a program with factors, and the tagged errors of a recording
 * @example
 * ```ts
 * const line = Effect.gen(function* () {
 *   const slope = yield* sample("slope", Normal(0, 1))
 *   yield* plate("rows", (row: { readonly x: Tensor<readonly []> }) => observe("y", Normal(Tensor.of([], tf.mul(slope, row.x)), 0.1)))
 * })
 * const draws = simulate(line, { rows: { x: Data.of([1, 2, 3], []) } }, 100, { seed: 1 }) // draws.rows.y: [100, 3]
 * ```
 */
export const simulate = <A, E, R>(
  program: Runnable<A, E, R> & OnlySites<R, E>,
  inputs: Inputs<R>,
  n: number,
  options: SimulateOptions = {}
): Result<Simulated<R>> =>
  Effect.gen(function* () {
    const seed = yield* attempt(() => checked(n, options, ["seed", "parameters"]))
    const data = yield* attempt(() => inputsOf(inputs))
    const joint = yield* attempt(() =>
      drawnJoint(generative(runnable(program) as AnyProgram, "refuse"), { kind: "prior" }, shapesOf(data), data)
    )
    const parameters = yield* attempt(() => parametersOf(joint, data, options.parameters, seed))
    return yield* drawPosterior(joint, data, parameters, n, seed)
  }) as Result<Simulated<R>>

/** Records what is drawn, with given data for its plates. */
export const drawnJoint = (model: AnyProgram, guide: LatentSource, shapes: DataShapes, data: Prepared): Joint => {
  const { joint } = recordJoint({ model, guide }, shapes, { scored: new Set(), enumerated: new Set() })
  mustBeItsPlates(joint, data)
  atOnce(checkIndices(joint.graph, data))
  return joint
}

/** The parameters of a recorded program: those that are given, or their first values. */
export const parametersOf = (
  joint: Joint,
  { sizes }: Prepared,
  given: Parameters | undefined,
  seed: number
): Parameters => {
  if (given !== undefined) return fromOwnSpace(joint.parameters, given)
  const rows = new Map(Object.entries(sizes))
  return initialParameters(
    joint.parameters.map((parameter) => sized(parameter, rows)),
    seed
  )
}

/** Data in which a plate may be a number of rows. */
export const inputsOf = (inputs: unknown): Prepared => {
  if (inputs !== undefined)
    mustBeRecord("inputs", inputs, "Give a record: the fields of each plate, or how many rows it has, by its name.")
  const entries = Object.entries((inputs ?? {}) as Readonly<Record<string, unknown>>)
  const counts = entries.flatMap(([plate, rows]) =>
    typeof rows === "number" ? [[plate, count(`inputs.${plate}`, rows)] as const] : []
  )
  const { plates, globals, sizes } = prepare(
    Object.fromEntries(entries.filter(([, rows]) => typeof rows !== "number")) as ProgramData
  )
  return {
    globals,
    plates: { ...plates, ...Object.fromEntries(counts.map(([plate]) => [plate, {}])) },
    sizes: { ...sizes, ...Object.fromEntries(counts) }
  }
}

/** @throws InvalidOption for a number of draws below 1, an option that does not exist, or a seed that is no whole number from 0 */
export const checked = (n: number, options: SimulateOptions, known: ReadonlyArray<string>, seed = 0): number => {
  count("n", n)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidOption({ option: unknown, value: "unknown", expected: `one of ${known.join(", ")}` })
  return whole("seed", options.seed ?? seed)
}

/** The plates of the data are those of the program; values of observed sites may be there and are not read. */
const mustBeItsPlates = (joint: Joint, data: Prepared): void => {
  const plates = platesOf(joint).map(({ label }) => label)
  const listed = (names: ReadonlyArray<string>): string => names.map((name) => `'${name}'`).join(", ") || "none"
  const fail = (name: string, reason: string): never => {
    throw new DataFormat({ path: `data.${name}`, reason, advice: `The program has the plates ${listed(plates)}.` })
  }
  for (const plate of plates) if (own(data.sizes, plate) === undefined) fail(plate, "there are no rows of that plate")
  for (const plate of Object.keys(data.sizes))
    if (!plates.includes(plate)) fail(plate, `the program has no site in a plate '${plate}'`)
  const names = joint.sites.flatMap(({ name, plates: within }) => (within.length === 0 ? [name] : []))
  for (const name of Object.keys(data.globals))
    if (!names.includes(name)) fail(name, `the program has no site '${name}' outside of plates`)
}
