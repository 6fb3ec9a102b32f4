import type { Effect } from "effect"
import type { Dist } from "../../dist/Dist.ts"
import { GuideMismatch } from "../../Errors.ts"
import type { Shape, Tensor } from "../../tensor/Tensor.ts"
import type { AnyPlate, Latent, Movable, Plate, Scored } from "../Site.ts"
import { handle, isOpen, type Place } from "./handle.ts"
import type { Runnable } from "./runnable.ts"
import { asValue, type ValueAt } from "./values.ts"

/** One site of one run: in a plate, for one of its rows. */
export interface TracedSite {
  readonly kind: "latent" | "observed" | "enumerated" | "factor" | "deterministic"
  readonly name: string
  /** the plates that it stands in, outermost first */
  readonly plates: ReadonlyArray<string>
  /** the row of each of these plates */
  readonly rows: ReadonlyArray<number>
  readonly value: Tensor
  /** what it was drawn from, or scored by; none for a factor or a computed value */
  readonly dist: Dist | undefined
  /** what it adds to the log joint, in nats, with its scale and mask: 0 for a computed value, or for a site that is blocked */
  readonly logDensity: Tensor<readonly []>
}

/** One run of a program with numbers. Its tensors belong to whoever asked for it. */
export interface Trace<out A, out V> {
  /** the program's result */
  readonly value: A
  /** in the order of the program, row after row */
  readonly sites: ReadonlyArray<TracedSite>
  /** the values by site, those in a plate inside of a record of its name with a leading dimension for its rows */
  readonly values: V
  /** the sum of all log densities, in nats */
  readonly logJoint: Tensor<readonly []>
}

interface TracedValuesOf<R, Rows extends Shape> {
  readonly _: {
    readonly [S in Extract<R, Movable> as S["name"]]: ValueAt<S> extends Tensor<infer T>
      ? Tensor<readonly [...Rows, ...T]>
      : never
  } & {
    readonly [S in Extract<R, AnyPlate> as S["name"]]: TracedValues<S["sites"], readonly [...Rows, number]>
  }
}
/** The values of all sites of a run, by name and plate. */
export type TracedValues<R, Rows extends Shape = readonly []> = TracedValuesOf<R, Rows>["_"] extends infer T
  ? { readonly [K in keyof T]: T[K] }
  : never

/** The sites of a program once a trace gives those that it holds. */
export type Replayed<R, V> =
  R extends Plate<infer N, infer Row, infer Inner>
    ? N extends keyof V
      ? Plate<N, Row, Replayed<Inner, V[N]>>
      : R
    : R extends Latent<infer N, infer D>
      ? N extends keyof V
        ? Scored<N, D>
        : R
      : R

/**
 * The program whose latent sites take the values that they have in a trace, each row of a plate its own. Sites that the trace does not hold stay as they are, and values of sites that the
 * program does not have are left aside: a trace of a guide replays in its model, and one of a program without centres in the one with them.
 *
 * @throws (when it runs) ShapeMismatch for a value of another shape, GuideMismatch for a row of a plate that the trace does not have, or for sites in a plate while the program
 * is recorded, where one run stands for all rows
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   return yield* sample("x", Normal(mu, 1))
 * })
 * const first = trace(pair, {}, { seed: 1 })
 * const again = trace(replay(pair, first), {}, { seed: 2 })
 * tf.sub(first.values.x, again.values.x) // => 0
 * ```
 */
export const replay = <A, E, R, V>(
  program: Runnable<A, E, R>,
  trace: Trace<unknown, V>
): Effect.Effect<A, E, Replayed<R, V>> => {
  const valued = trace.sites.filter(({ kind }) => kind !== "factor")
  const values = new Map(valued.map(({ name, plates, rows, value }) => [keyAt([...plates, name], rows), value]))
  const names = new Set(valued.map(({ name, plates }) => keyAt([...plates, name], [])))
  return handle(program, () => ({
    site: (request, ask, place) => {
      const { kind } = request
      if ((kind !== "sample" && kind !== "enumerate" && kind !== "draw") || !isOpen(request)) return ask(request)
      if (!names.has(keyAt(place.path, []))) return ask(request)
      const given = values.get(keyAt(place.path, place.rows))
      mustBeThere(given, place)
      const value = asValue("replay", request.name, given, request.dist.shape)
      return ask(kind === "draw" ? { kind: "deterministic", name: request.name, value } : { ...request, value })
    }
  }))
}

const keyAt = (path: ReadonlyArray<string>, rows: ReadonlyArray<number>): string => JSON.stringify([path, rows])

function mustBeThere(value: Tensor | undefined, { path, rows, everyRow }: Place): asserts value is Tensor {
  const site = path.at(-1) ?? ""
  if (rows.length > 0 && !everyRow)
    throw new GuideMismatch({
      site,
      reason:
        "it has a value for each row of its plate in the trace, but a recorded program runs once for all rows. Replay it in a trace, or give the values as a field of the row."
    })
  if (value === undefined)
    throw new GuideMismatch({ site, reason: `the trace has no value for row ${rows.join(", ")} of its plate` })
}
