import type * as tf from "@tensorflow/tfjs"
import type { Effect } from "effect"
import type { Dist } from "../../dist/Dist.ts"
import { isTransformed } from "../../dist/Transformed.ts"
import { GuideMismatch, InvalidOption } from "../../Errors.ts"
import { type Refused, type Shape, typed } from "../../tensor/Tensor.ts"
import type { Choice } from "../Interpreter.ts"
import type { AnyLatent, AnyPlate, Deterministic, Latent, Plate } from "../Site.ts"
import { handle, isOpen, mustBeMet, nameAt } from "./handle.ts"
import { spreadMask } from "./mask.ts"
import type { Runnable } from "./runnable.ts"
import { type LocationScale, locationScaleFamilies, standardised } from "./standardised.ts"
import type { InPlate } from "./values.ts"

/** A way to write a latent value as a function of another one, its base. */
export interface Reparameterization<out Kind extends "nonCentred" | "transformed"> {
  readonly reparam: Kind
  /** the base, and the value as a function of it; undefined for a distribution that cannot be written so */
  readonly split: (dist: Dist) => { readonly base: Dist; readonly value: (base: tf.Tensor) => tf.Tensor } | undefined
  /** the distributions that can */
  readonly needs: string
}

/** Ways to write a latent value as a function of its base, for `reparam`. */
export const Reparam = {
  /**
   * x = loc + scale · z with z of the standard distribution of the family, whose location is 0 and scale 1: a posterior whose scale depends on another site (a funnel) becomes easy to
   * fit. For families of location and scale; a multivariate normal has loc + L z.
   *
   * Source: Papaspiliopoulos, Roberts and Sköld (2007), A general framework for the parametrization of hierarchical models.
   */
  nonCentred: {
    reparam: "nonCentred",
    split: (dist) => {
      const parts = standardised(dist)
      return parts === undefined ? undefined : { base: parts.base, value: parts.fromStandard }
    },
    needs: `a family of location and scale (${locationScaleFamilies})`
  },
  /** x = forward(z), where the site has a `Transformed` distribution and z is drawn from what it transforms. */
  transformed: {
    reparam: "transformed",
    split: (dist) => (isTransformed(dist) ? { base: dist.base, value: dist.transform.forward } : undefined),
    needs: "a Transformed distribution"
  }
} as const satisfies { readonly [K in "nonCentred" | "transformed"]: Reparameterization<K> }

type Way = Reparameterization<"nonCentred" | "transformed">

interface WaysIn<R> {
  readonly _: { readonly [S in Extract<R, AnyLatent> as S["name"]]?: Way } & {
    readonly [S in Extract<R, AnyPlate> as S["name"]]?: Ways<S["sites"]>
  }
}
/** A way for some latent sites, those in a plate inside of a record of the plate's name. */
export type Ways<R> = WaysIn<R>["_"]

/** The base of a distribution: undefined where it has none. */
type BaseOf<D, W> =
  W extends Reparameterization<"nonCentred">
    ? D extends Dist<infer S, infer P, string, LocationScale>
      ? Dist<S, P>
      : undefined
    : D extends { readonly base: infer B }
      ? B
      : undefined

/** The sites once some of them are written as functions of their bases. */
export type Reparameterized<R, V> =
  R extends Plate<infer N, infer Row, infer Inner>
    ? N extends keyof V
      ? Plate<N, Row, Reparameterized<Inner, V[N]>>
      : R
    : R extends Latent<infer N extends string, infer D>
      ? N extends keyof V
        ? Latent<`${N}.base`, BaseOf<D, V[N]>> | Deterministic<N, D extends Dist<infer S> ? S : Shape>
        : R
      : R

type LatentOf<R, K> = R extends Latent<infer N, infer _D> ? (N extends K ? R : never) : never
type ProblemIn<R, V, Path extends string> = {
  readonly [K in keyof V & string]: ProblemAt<R, V, K, Path>
}[keyof V & string]
type ProblemAt<R, V, K extends keyof V & string, Path extends string> = V[K] extends Way
  ? [LatentOf<R, K>] extends [never]
    ? `'${Path}${K}' is not a latent site of the program`
    : LatentOf<R, K> extends Latent<infer _N, infer D>
      ? BaseOf<D, V[K]> extends undefined
        ? V[K] extends Reparameterization<"nonCentred">
          ? `'${Path}${K}' does not have a family of location and scale`
          : `'${Path}${K}' does not have a Transformed distribution`
        : never
      : never
  : [InPlate<R, K>] extends [never]
    ? `'${Path}${K}' is not a plate of the program`
    : ProblemIn<InPlate<R, K>, V[K], `${Path}${K}.`>
/** Nothing when each named site can be written in its way; otherwise what is wrong, in words, at the entry. */
export type CheckWays<R, V> = {
  readonly [K in keyof V & string as [ProblemAt<R, V, K, "">] extends [never] ? never : K]: Refused<
    ProblemAt<R, V, K, "">
  >
}

/**
 * The program in which some latent sites are written as functions of others: `theta` becomes a computed value, and the latent site is `theta.base`, which the guide
 * then gives in its place. The joint distribution stays the same.
 *
 * @param ways by site: `Reparam.nonCentred` or `Reparam.transformed`; those in a plate inside of a record of its name
 * @throws (when it runs) InvalidOption for a name that is no latent site, GuideMismatch for a distribution that cannot be written so
 * @example
 * ```ts
 * const schools = Effect.gen(function* () {
 *   const tau = yield* sample("tau", HalfNormal(5))
 *   yield* plate("schools", (row: { readonly sigma: Tensor<readonly []>; readonly y: Tensor<readonly []> }) =>
 *     Effect.gen(function* () {
 *       const theta = yield* sample("theta", Normal(Tensor.of([], tf.scalar(0)), tau))
 *       yield* observe("effect", Normal(theta, row.sigma), row.y)
 *     })
 *   )
 * })
 * const guided = program(reparam(schools, { schools: { theta: Reparam.nonCentred } })).guide(() => ({
 *   tau: LogNormal(param("tau", 0), 0.5),
 *   schools: () => ({ "theta.base": Normal(param.row("loc", 0), param.row.positive("scale", 1)) })
 * }))
 * ```
 */
export const reparam = <A, E, R, const V extends Ways<R>>(
  program: Runnable<A, E, R>,
  ways: V & CheckWays<R, V>
): Effect.Effect<A, E, Reparameterized<R, V>> => {
  const wanted = waysOf(ways)
  return handle(program, () => ({
    site: (request, ask, { path }) => {
      const way = wanted.get(nameAt(path))
      if (way === undefined || request.kind !== "sample" || !isOpen(request)) return ask(request)
      const { base, value } = split(request, way)
      const { name } = request
      const drawn = ask({
        ...request,
        name: `${name}.base`,
        dist: base,
        mask: request.mask === undefined ? undefined : spreadMask(name, request.mask, base)
      })
      return ask({ kind: "deterministic", name, value: typed(value(drawn)) })
    },
    end: (asked) => mustBeMet("reparam", wanted.keys(), asked, ["sample"], "latent sites of the program")
  }))
}

const split = ({ name, dist }: Choice, way: Way): NonNullable<ReturnType<Way["split"]>> => {
  const parts = way.split(dist)
  if (parts !== undefined) return parts
  throw new GuideMismatch({
    site: name,
    reason: `it has the distribution ${dist.family}, but Reparam.${way.reparam} needs ${way.needs}`
  })
}

const waysOf = (ways: unknown, path: ReadonlyArray<string> = []): ReadonlyMap<string, Way> => {
  if (typeof ways !== "object" || ways === null)
    throw new InvalidOption({
      option: path.length === 0 ? "reparam" : `reparam.${nameAt(path)}`,
      value: String(ways),
      expected: "Reparam.nonCentred or Reparam.transformed by the name of a site, or for a plate a record of them"
    })
  return new Map(
    Object.entries(ways).flatMap(([name, way]: readonly [string, unknown]) =>
      isWay(way) ? [[nameAt([...path, name]), way] as const] : [...waysOf(way, [...path, name])]
    )
  )
}

const isWay = (way: unknown): way is Way => Object.values(Reparam).some((known) => known === way)
