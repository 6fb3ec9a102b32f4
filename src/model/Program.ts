import type { Effect } from "effect"
import type { Dist } from "../dist/Dist.ts"
import type { Accepts } from "../dist/Support.ts"
import type { Shape, Tensor } from "../tensor/Tensor.ts"
import type { AnyRow, Latent, Observed, Plate, SitesOf, Value } from "./Site.ts"

/** A program whose type has been read: the inferences run it as it is. */
export type AnyProgram = Effect.Effect<unknown, never, unknown>

/** The guide's distributions for one part of a program: sites by name, and for a plate a function of its row. */
export type AnyGuideRecord = { readonly [name: string]: Dist | ((row: AnyRow) => AnyGuideRecord) }

/** Where the guide's distributions come from: a record of them, or a program with the model's latent sites. */
export type GuideSource =
  | { readonly kind: "record"; readonly make: () => AnyGuideRecord }
  | { readonly kind: "program"; readonly make: () => AnyProgram }

/** A model and its guide: plain data, the starting point of every inference. */
export interface Guided {
  readonly model: AnyProgram
  readonly guide: GuideSource
}

/** The latent sites of one row of a plate, and what a guide for them may look at. */
export interface Local<in out Row, out L> {
  readonly row: Row
  readonly latents: L
}

type Plates = Plate<any, any, any>
type Latentish = Latent<any, any> | Plates

interface LatentsOf<R> {
  readonly _: { readonly [S in Extract<R, Latent<any, any>> as S["name"]]: S["dist"] } & {
    readonly [S in Extract<R, Plates> as Extract<S["sites"], Latentish> extends never ? never : S["name"]]: Local<
      Flat<S["row"] & Single<S["sites"]>>,
      Latents<S["sites"]>
    >
  }
}
/** What a guide must supply: each latent site's distribution, and for a plate with latent sites those of one row. */
export type Latents<R> = LatentsOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

interface SingleOf<R> {
  readonly _: { readonly [S in Extract<R, Observed<any, any>> as S["name"]]: Value<S["dist"]> }
}
/** What is observed in one row of a plate. */
export type Single<R> = SingleOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

type Rows<T> = T extends Tensor<infer S> ? Tensor<readonly [number, ...S]> : never
type RowsOf<T> = { readonly [K in keyof T]: Rows<T[K]> }
interface ObservationsOf<R> {
  readonly _: { readonly [S in Extract<R, Observed<any, any>> as S["name"]]: Value<S["dist"]> } & {
    readonly [S in Extract<R, Plates> as S["name"]]: Flat<RowsOf<S["row"]> & RowsOf<Single<S["sites"]>>>
  }
}
/** What `fit` must be given: each observed value, and for a plate its rows. */
export type Observations<R> = ObservationsOf<R>["_"] extends infer T ? { readonly [K in keyof T]: T[K] } : never

type Flat<T> = { [K in keyof T]: T[K] } & {}

type GuideFor<D> =
  D extends Dist<infer S, infer P, any>
    ? Dist<S, Accepts[P], string>
    : D extends Local<infer Row, infer L>
      ? (row: Row) => GuideRecord<L>
      : never
/** A guide as a record: the model's sites, each with a distribution of the same shape and a support inside the prior's. */
export type GuideRecord<L> = { readonly [K in keyof L]: GuideFor<L[K]> }

/** Refuses the sites that a guide has and the model has not. */
export type NoExtra<L, G> = {
  readonly [K in keyof G]: K extends keyof L
    ? L[K] extends Local<infer Row, infer Inner>
      ? G[K] extends (row: any) => infer Given
        ? (row: Row) => NoExtra<Inner, Given>
        : unknown
      : unknown
    : `'${K & string}' is not a latent site of the model`
}

/** An error in words, for the compiler to print. */
export interface Refused<Message extends string> {
  readonly "~error": Message
}

type Fits<D, G> = D extends Dist<infer S, infer P, any> ? (G extends Dist<S, Accepts[P], any> ? true : false) : true
type Problem<L, G> =
  | { [K in Exclude<keyof L, keyof G> & string]: `guide is missing latent site '${K}'` }[Exclude<keyof L, keyof G> &
      string]
  | {
      [K in Exclude<keyof G, keyof L> & string]: `guide samples '${K}', which is not a latent site of the model`
    }[Exclude<keyof G, keyof L> & string]
  | {
      [K in keyof L & keyof G & string]: L[K] extends Local<any, infer Inner>
        ? G[K] extends Local<any, infer Given>
          ? Problem<Inner, Given>
          : never
        : Fits<L[K], G[K]> extends true
          ? never
          : `guide site '${K}' differs from the model's in event shape or support`
    }[keyof L & keyof G & string]

/** `unknown` when a guide program has exactly the model's latent sites; otherwise what is wrong, in words. */
export type CheckGuide<L, G> = [Problem<L, G>] extends [never] ? unknown : Refused<Problem<L, G>>

/** `unknown` when a program asks for nothing but sites. */
export type OnlySites<R> = [Exclude<R, SitesOf<R>>] extends [never]
  ? unknown
  : Refused<"a program may ask for nothing but sites: provide its services before it is given to program(…)">

/** The guide of a model with one latent value per datum. */
export type EncoderOf<Z extends Shape, P extends keyof Accepts, X extends Shape> = (
  x: Tensor<X>
) => Dist<Z, Accepts[P], string>
