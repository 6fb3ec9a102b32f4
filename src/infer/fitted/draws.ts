import type { Dataset } from "../../data/Dataset.ts"
import type { ValueAt } from "../../model/handler/values.ts"
import type {
  AnyDeterministic,
  AnyEnumerated,
  AnyLatent,
  AnyObserved,
  AnyPlate,
  AnyScored,
  Movable,
  Plate
} from "../../model/Site.ts"
import type { Shape, Tensor } from "../../tensor/Tensor.ts"
import type { PosteriorDraws } from "./fitted.ts"

type ShapeAt<T> = T extends Tensor<infer S> ? S : Shape
type Flat<T> = T extends infer U ? { readonly [K in keyof U]: U[K] } : never

interface DrawsOf<R, Kind> {
  readonly _: { readonly [S in Extract<R, Kind> as NameOf<S>]: Dataset<ShapeAt<ValueAt<S>>, "real"> } & {
    readonly [S in Extract<R, AnyPlate> as S["name"]]: RowDraws<S["sites"], Kind>
  }
}
interface RowDrawsOf<R, Kind> {
  readonly _: { readonly [S in Extract<R, Kind> as NameOf<S>]: Dataset<ReadonlyArray<number>, "real"> } & {
    readonly [S in Extract<R, AnyPlate> as S["name"]]: RowDraws<S["sites"], Kind>
  }
}
type NameOf<S> = S extends { readonly name: infer N extends string } ? N : never
type RowDraws<R, Kind> = RowDrawsOf<R, Kind>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

/** `n` joint draws of all sites with values, `[n, ...event]`; those in a plate by its name, `[n, rows, ...event]`. */
export type Simulated<R> = Flat<DrawsOf<R, Movable>["_"]>

/** The sites that a program sums out, those in plates too. */
type Summed<R> = R extends AnyEnumerated
  ? R
  : R extends Plate<infer _Name, infer _Row, infer Inner>
    ? Summed<Inner>
    : never

/** Computed values, and the sites that are summed out. A computed value that depends on one of these has no draw, so that where there are any it may be undefined. */
type Computed<R> = [Summed<R>] extends [never]
  ? Flat<DrawsOf<R, AnyDeterministic>["_"]>
  : Flat<DrawsOf<R, AnyEnumerated>["_"]> & Maybe<Flat<DrawsOf<R, AnyDeterministic>["_"]>>
type Maybe<T> = { readonly [K in keyof T]: T[K] extends Dataset ? T[K] | undefined : Maybe<T[K]> }

/**
 * Draws of the latent sites `L` of a program whose sites are `R`, of the sites that it sums out, and of its computed values. In a program that sums out sites a computed value may be undefined: it has
 * no draw where it depends on one of them.
 */
export type AllDraws<L, R> = PosteriorDraws<L> & Computed<R>

/** The observed sites of a program, those whose value it gives itself included. */
type Seen = AnyObserved | AnyScored
type SeenIn<R> = R extends Seen ? R : R extends Plate<infer _Name, infer _Row, infer Inner> ? SeenIn<Inner> : never
interface LogLikelihoodOf<R, Rows extends Shape> {
  readonly _: { readonly [S in Extract<R, Seen> as NameOf<S>]: Dataset<Rows, "real"> } & {
    readonly [S in Extract<R, AnyPlate> as [SeenIn<S["sites"]>] extends [never] ? never : S["name"]]: Flat<
      LogLikelihoodOf<S["sites"], ReadonlyArray<number>>["_"]
    >
  }
}
/**
 * log p(y | latent values) by observed site, for each draw and row. In a program that sums out sites, observed ones that depend on the same of these have one log density together: it has the name
 * of the first of them, and the others may be undefined.
 */
export type LogLikelihood<R> = [Summed<R>] extends [never]
  ? Flat<LogLikelihoodOf<R, readonly []>["_"]>
  : Maybe<Flat<LogLikelihoodOf<R, readonly []>["_"]>>

/** The latent sites of a program that stand outside of plates. */
export type GlobalSites<R> = Extract<R, AnyLatent>
/** A value for each of them, by name. */
export type GlobalValues<R> = { readonly [S in GlobalSites<R> as S["name"]]: ValueAt<S> }
