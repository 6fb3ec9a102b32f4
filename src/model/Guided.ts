import type { Effect } from "effect"
import type { Dataset } from "../data/Dataset.ts"
import type { MissingRows } from "../data/missingRows.ts"
import type { RowStream } from "../data/stream/RowStream.ts"
import type { Product } from "../dist/combine/Product.ts"
import type { Dist } from "../dist/Dist.ts"
import type { Accepts, AcceptsData, DataAdvice, Kinds, Support } from "../dist/Support.ts"
import type { Refused, Shape, ShowShape, Tensor } from "../tensor/Tensor.ts"
import type { AnyRow } from "./Interpreter.ts"
import type { Missing as MissingValue } from "./missingValue.ts"
import type { Enumerated, Factor, Latent, LatentsAt, Observed, Plate, Scored, SitesOf, Value } from "./Site.ts"

/** A program whose type has been read: the inferences run it as it is. */
export type AnyProgram = Effect.Effect<unknown, never, unknown>

/** The guide's distributions for one part of a program: sites by name, a product for several of them, and for a plate a function of its row. */
export type AnyGuideRecord = { readonly [name: string]: Dist | Product | ((row: AnyRow) => AnyGuideRecord) }

/** Where the guide's distributions come from: a record of them, or a program with the model's latent sites. */
export type GuideSource =
  | { readonly kind: "record"; readonly make: () => AnyGuideRecord }
  | { readonly kind: "program"; readonly make: () => AnyProgram }

/** The latent values of a run without a guide: drawn from the prior, or given; or those outside of plates from a guide, and the others from their priors. */
export type LatentSource =
  | { readonly kind: "prior" }
  | { readonly kind: "globals"; readonly guide: GuideSource }
  | { readonly kind: "given"; readonly values: (site: string, plates: ReadonlyArray<string>, prior: Dist) => Tensor }

/** A model and its guide: plain data, the starting point of every variational inference. */
export interface Guided {
  readonly model: AnyProgram
  readonly guide: GuideSource
}

/** A model with the source of its latent values: a guide, the prior alone, or given values. */
export interface Interpreted {
  readonly model: AnyProgram
  readonly guide: GuideSource | LatentSource
}

/** The latent sites of one row of a plate, and the values that a guide for them may read. */
export interface Local<in out Row, out L> {
  readonly row: Row
  readonly latents: L
}

type Plates = Plate<any, any, any>
/** The latent sites of a program, those in plates inside of plates included. */
export type LatentIn<R> =
  R extends Latent<any, any> ? R : R extends Plate<any, any, infer Inner> ? LatentIn<Inner> : never

interface LatentsOf<R> {
  readonly _: { readonly [S in Extract<R, Latent<any, any>> as S["name"]]: S["dist"] } & {
    readonly [S in Extract<R, Plates> as [LatentIn<S["sites"]>] extends [never] ? never : S["name"]]: Local<
      Flat<S["row"] & Single<S["sites"]>>,
      Latents<S["sites"]>
    >
  }
}
/** The entries that a guide must supply: a distribution for each latent site, and for a plate with latent sites those of one row. */
export type Latents<R> = LatentsOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

interface NamesOf<L> {
  readonly _: {
    readonly [K in keyof L & string]: L[K] extends Local<any, infer Inner>
      ? SiteNames<Inner>
      : L[K] extends Product<infer Factors>
        ? `${K}.${keyof Factors & string}`
        : K
  }[keyof L & string]
}
/** The names of latent sites, those in plates as they are. */
export type SiteNames<L> = NamesOf<L>["_"]

/** The names of the sites that a program sums out, those in plates as they are. */
export type EnumeratedNames<R> =
  R extends Enumerated<infer N, any> ? N : R extends Plate<any, any, infer Inner> ? EnumeratedNames<Inner> : never

interface SingleOf<R> {
  readonly _: { readonly [S in Extract<R, Observed<any, any>> as S["name"]]: Value<S["dist"]> }
}
/** The observed values of one row of a plate. */
export type Single<R> = SingleOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

/** Rows of shape X whose support lies inside the likelihood's, or a tensor, whose numbers are checked before the first step. */
export type DataFor<X extends Shape, P extends Support> =
  | Dataset<Readonly<X>, AcceptsData[P] | DataAdvice[P]>
  | Tensor<readonly [number, ...X]>

type Rows<T> =
  T extends MissingValue<Tensor<infer S>>
    ? MissingRows<Readonly<S>>
    : T extends Tensor<infer S>
      ? Tensor<readonly [number, ...S]> | Dataset<Readonly<S>>
      : never
type RowsOf<T> = { readonly [K in keyof T]: Rows<T[K]> }
type ObservedRows<R> = {
  readonly [S in Extract<R, Observed<any, any>> as S["name"]]: S["dist"] extends Dist<infer X, infer P, any>
    ? DataFor<X, P>
    : never
}
/** The plates of a program, those in plates inside of plates included. */
type PlateIn<R> = R extends Plate<any, any, infer Inner> ? R | PlateIn<Inner> : never
interface ObservationsOf<R> {
  readonly _: { readonly [S in Extract<R, Observed<any, any>> as S["name"]]: Value<S["dist"]> } & {
    readonly [S in PlateIn<R> as S["name"]]: OrCount<Flat<RowsOf<S["row"]> & ObservedRows<S["sites"]>>>
  }
}
/** The fields of a plate; where there are none, a number says how many rows it has. */
type OrCount<Fields> = Fields | (keyof Fields extends never ? number : never)
/** The data that `fit` needs: each observed value, and for a plate its rows, or for rows without fields how many there are. */
export type Observations<R> = ObservationsOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

/** The same, where the rows of a plate may be a stream. */
export type Streamable<O> = { readonly [K in keyof O]: O[K] | (O[K] extends Tensor ? never : RowStream<O[K]>) }

/** The data of a model, or a stream of them as the field `x`. */
export type DataOrStream<D> = D | RowStream<{ readonly x: D }>

interface InputsOf<R> {
  readonly _: { readonly [S in Extract<R, Observed<any, any>> as S["name"]]?: Value<S["dist"]> } & {
    readonly [S in PlateIn<R> as S["name"]]:
      | Flat<RowsOf<S["row"]> & Partial<ObservedRows<S["sites"]>>>
      | (keyof S["row"] extends never ? number : never)
  }
}
/** What a program that is simulated must be given: for each plate the fields of its rows, or for rows without fields how many there are. */
export type Inputs<R> = InputsOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

type Flat<T> = { [K in keyof T]: T[K] } & {}

type GuideFor<D> =
  D extends Local<infer Row, infer L> ? (row: Row) => GuideRecord<L> & { readonly [name: string]: unknown } : Dist
/** A guide as a record: the model's sites, each with a distribution; {@link CheckRecord} says whether all are there and fit. */
export type GuideRecord<L> = { readonly [K in keyof L]?: GuideFor<L[K]> }

/**
 * The record itself if its entries match the model's sites and none is missing; otherwise the problem in words, at the entry. (While a record with
 * functions of rows is still being inferred, G is unknown: nothing is missing from what is not known yet.)
 */
export type CheckRecord<L, G> = {
  readonly [K in keyof G & string]: InWords<EntryProblem<L, SitesAt<K, G[K]>>>
} & (unknown extends G ? unknown : InWords<Missing<Exclude<keyof L, keyof SitesIn<G>> & string>>)
type EntryProblem<L, S> =
  S extends Latent<infer N, infer D> ? (N extends keyof L ? SiteProblem<N, L[N], D> : NotASite<N>) : never

/** The same for the exceptions of an automatic guide: what is not there is automatic. */
export type CheckExcept<L, G> = {
  readonly [K in keyof G & string]: InWords<Exclude<EntryProblem<L, SitesAt<K, G[K]>>, Missing<string>>>
}

/** `T` where each site without an exception has a density, so that it can be guided automatically; otherwise what is wrong, in words. */
export type Automatic<L, G, T> = [DiscreteIn<L, SitesIn<G>>["_"]] extends [never]
  ? T
  : Refused<DiscreteIn<L, SitesIn<G>>["_"]>
interface DiscreteIn<L, Written> {
  readonly _: {
    readonly [K in keyof L & string]: L[K] extends Local<infer _Row, infer Inner>
      ? DiscreteIn<Inner, LocalsAt<K, Written>>["_"]
      : K extends keyof Written
        ? never
        : L[K] extends Dist<infer _S, infer P, string>
          ? [Kinds[P]] extends ["mass"]
            ? `site '${K}' is discrete, and automatic guides have densities: sum it out with enumerate, or guide it yourself in 'except'`
            : never
          : never
  }[keyof L & string]
}
type LocalsAt<K, Written> = K extends keyof Written
  ? Written[K] extends Local<infer _Row, infer Inner>
    ? Inner
    : unknown
  : unknown

/** First values of the latent sites of an automatic guide. */
export type InitFor<L> = {
  readonly [K in keyof L]?: L[K] extends Local<infer _Row, infer Inner>
    ? InitFor<Inner>
    : L[K] extends Dist<infer S, infer _P, string>
      ? number | ReadonlyArray<number> | Float32Array | Float64Array | Tensor<S>
      : never
}
type InWords<Problem extends string> = [Problem] extends [never] ? unknown : Refused<Problem>

/** The sites of a guide's record: those of a product stand for themselves, and those of a plate come from a function of its row. */
type SitesIn<G> = {
  readonly [S in { readonly [K in keyof G & string]: SitesAt<K, G[K]> }[keyof G & string] as S["name"]]: S["dist"]
}
type SitesAt<K extends string, E> = E extends (row: infer Row) => infer Inner
  ? Latent<K, Local<Row, SitesIn<Inner>>>
  : LatentsAt<K, E>

type NotASite<K extends string> = `'${K}' is not a latent site of the model`
type Missing<K extends string> = `guide is missing latent site '${K}'`

interface ProblemsOf<L, G> {
  readonly _:
    | Missing<Exclude<keyof L, keyof G> & string>
    | { [K in Exclude<keyof G, keyof L> & string]: NotASite<K> }[Exclude<keyof G, keyof L> & string]
    | { [K in keyof L & keyof G & string]: SiteProblem<K, L[K], G[K]> }[keyof L & keyof G & string]
}

type SiteProblem<K extends string, D, G> =
  D extends Local<infer Row, infer L>
    ? G extends Local<infer Given, infer Inner>
      ? [Row] extends [Given]
        ? ProblemsOf<L, Inner>["_"]
        : `the guide reads rows of plate '${K}' that the model does not have`
      : `'${K}' is a plate of the model: guide it by a plate, in a record by a function of its row`
    : D extends Dist<infer S, infer P, any>
      ? DistProblem<`guide site '${K}'`, S, P, G>
      : never

type DistProblem<Who extends string, S extends Shape, P extends Support, G> = [G] extends [
  Dist<infer T, infer Q, string>
]
  ? [Readonly<T>] extends [Readonly<S>]
    ? [Q] extends [Accepts[P]]
      ? never
      : `${Who} has support '${Q}', which does not lie inside the prior's '${P}'`
    : `${Who} has event shape ${ShowShape<T>}, but the prior has ${ShowShape<S>}`
  : `${Who} is not a distribution`

/** `unknown` if a guide program has exactly the model's latent sites; otherwise the problem in words. */
export type CheckGuide<L, R, E = never> = [GuideProblems<L, R>["_"]] extends [never]
  ? OnlySites<R, E>
  : Refused<GuideProblems<L, R>["_"]>
interface GuideProblems<L, R> {
  readonly _: ProblemsOf<L, Latents<R>>["_"] | Observing<R>
}
type Observing<R> =
  SitesOf<R> extends infer S
    ? S extends Observed<infer N, any> | Scored<infer N, any>
      ? `guide observes '${N}': a guide only samples`
      : S extends Enumerated<infer N, any>
        ? `guide enumerates '${N}': a guide only samples`
        : S extends Factor<infer N>
          ? `guide adds the factor '${N}': a guide only samples`
          : S extends Plate<any, any, infer Inner>
            ? Observing<Inner>
            : never
    : never

/** `unknown` when a program asks for nothing but sites and cannot fail. */
export type OnlySites<R, E = never> = [E] extends [never]
  ? [Exclude<R, SitesOf<R>>] extends [never]
    ? unknown
    : Refused<"a program may ask for nothing but its sites: provide other services first">
  : Refused<"a program cannot fail: handle its errors first">

/** `unknown` if a guide of one latent value matches its prior; otherwise the problem in words. */
export type CheckEncoder<Z extends Shape, P extends Support, Q> = InWords<DistProblem<"the guide", Z, P, Q>>
