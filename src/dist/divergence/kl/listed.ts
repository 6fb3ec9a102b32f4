import type { Refused } from "../../../tensor/Tensor.ts"
import type { Product } from "../../combine/Product.ts"
import type { Dist } from "../../Dist.ts"
import type { renyiTable } from "../renyi/table.ts"
import type { Unmasked } from "./masked.ts"
import type { table } from "./table.ts"
import type { toAny } from "./toAny.ts"

/**
 * The divergences that have tables, by their symbol: the pairs of families with a closed form, the families with a closed form from any distribution,
 * and the advice for other pairs.
 */
interface Tables {
  KL: { pair: keyof typeof table; toAny: keyof typeof toAny; advice: ": use klMonteCarlo" }
  D_α: { pair: keyof typeof renyiTable; toAny: never; advice: "" }
}
export type Divergence = keyof Tables

/**
 * The pair of families whose divergence is needed. A transform that both have is removed if it has no parameters. A type cannot tell whether two
 * transforms with parameters, `(…)`, are the same.
 */
type WithoutSharedTransform<Q extends string, P extends string> = [Q, P] extends [
  `${infer A} → ${infer S}`,
  `${infer B} → ${infer T}`
]
  ? S extends `${string}(…)${string}`
    ? Unmasked<Q, P>
    : [S, T] extends [T, S]
      ? Unmasked<A, B>
      : Unmasked<Q, P>
  : Unmasked<Q, P>

/** `unknown` for a pair of families in the table of a divergence; otherwise the problem in words. */
export type InTable<D extends Divergence, Q extends Dist | Product, P extends Dist | Product> = [Q] extends [Dist]
  ? [P] extends [Dist]
    ? Q["family"] extends Tables[D]["toAny"]
      ? unknown
      : WithoutSharedTransform<Q["family"], P["family"]> extends Tables[D]["pair"]
        ? unknown
        : Refused<`no closed form for ${D}(${Q["family"]}‖${P["family"]})${Tables[D]["advice"]}`>
    : Refused<"a distribution and a product of several have no divergence">
  : [Q] extends [Product<infer A>]
    ? [P] extends [Product<infer B>]
      ? FactorsInTable<D, A, B>
      : Refused<"a distribution and a product of several have no divergence">
    : never

type FactorsInTable<D extends Divergence, A extends Product["factors"], B extends Product["factors"]> = [
  Unlisted<D, A, B>
] extends [never]
  ? unknown
  : Refused<`no closed form for ${Unlisted<D, A, B>}`>
/** The factors of two products that have no divergence in closed form. */
type Unlisted<D extends Divergence, A extends Product["factors"], B extends Product["factors"]> = {
  readonly [K in (keyof A | keyof B) & string]: K extends keyof A & keyof B
    ? A[K]["family"] extends Tables[D]["toAny"]
      ? never
      : WithoutSharedTransform<A[K]["family"], B[K]["family"]> extends Tables[D]["pair"]
        ? never
        : `${K}, ${D}(${A[K]["family"]}‖${B[K]["family"]})`
    : `${K}, which only one of them has`
}[(keyof A | keyof B) & string]
