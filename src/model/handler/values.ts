import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Refused, type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import type { AnyPlate, Deterministic, Enumerated, Latent, Movable, Observed, Plate, Scored, Value } from "../Site.ts"
import { nameAt } from "./handle.ts"

/** The value of a site. */
export type ValueAt<S> =
  S extends Deterministic<infer _N, infer T> ? Tensor<T> : S extends { readonly dist: infer D } ? Value<D> : never
type Given<T> = T extends Tensor<infer S> ? (S extends readonly [] ? T | number : T) : never

interface ValuesIn<R, Kind> {
  readonly _: { readonly [S in Extract<R, Kind> as NameOf<S>]?: Given<ValueAt<S>> } & {
    readonly [S in Extract<R, AnyPlate> as S["name"]]?: Values<S["sites"], Kind>
  }
}
type NameOf<S> = S extends { readonly name: infer N extends string } ? N : never
/**
 * Values for some sites of the kinds `Kind`: by name, those in a plate inside of a record of the plate's name, where one value serves every row.
 * A number stands for a scalar.
 */
export type Values<R, Kind> = ValuesIn<R, Kind>["_"]

/** The sites of one row of a plate. */
export type InPlate<R, N> = R extends Plate<infer M, infer _Row, infer Inner> ? (M extends N ? Inner : never) : never

type UnknownIn<R, Kind, V, Path extends string> = {
  readonly [K in keyof V & string]: UnknownAt<R, Kind, V, K, Path>
}[keyof V & string]
type UnknownAt<R, Kind, V, K extends keyof V & string, Path extends string> = K extends keyof Values<R, Kind>
  ? V[K] extends Tensor | number
    ? never
    : UnknownIn<InPlate<R, K>, Kind, V[K], `${Path}${K}.`>
  : `${Path}${K}`
/** Nothing for values whose names are all those of sites; otherwise what is wrong, in words, at the entry. */
export type KnownSites<R, Kind, V, What extends string> = {
  readonly [K in keyof V & string as [UnknownAt<R, Kind, V, K, "">] extends [never]
    ? never
    : K]: Refused<`'${UnknownAt<R, Kind, V, K, "">}' is not ${What} of the program`>
}

/** A site once it has a value of the program's own: scored, and asked neither of a guide nor of the data. */
export type Conditioned<R, V> =
  R extends Plate<infer N, infer Row, infer Inner>
    ? N extends keyof V
      ? Plate<N, Row, Conditioned<Inner, V[N]>>
      : R
    : R extends Latent<infer N, infer D> | Observed<infer N, infer D> | Enumerated<infer N, infer D>
      ? N extends keyof V
        ? Scored<N, D>
        : R
      : R

/** A site once its value comes from outside: computed, with no density. */
export type Intervened<R, V> =
  R extends Plate<infer N, infer Row, infer Inner>
    ? N extends keyof V
      ? Plate<N, Row, Intervened<Inner, V[N]>>
      : R
    : R extends Movable
      ? R["name"] extends keyof V
        ? Deterministic<R["name"], ShapeAt<ValueAt<R>>>
        : R
      : R
type ShapeAt<T> = T extends Tensor<infer S> ? S : never

/** Values by the names of their sites, those of plates before. */
export type ValueTable = ReadonlyMap<string, Tensor | number>

/**
 * A record of values, nested by plate, as a table.
 *
 * @throws InvalidOption for an entry that is neither a tensor, nor a number, nor a record of them
 */
export const tableOf = (handler: string, values: unknown, path: ReadonlyArray<string> = []): ValueTable => {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new InvalidOption({
      option: path.length === 0 ? handler : `${handler}.${nameAt(path)}`,
      value: values === null ? "null" : Array.isArray(values) ? "an array" : String(values),
      expected: "values by the name of their site: a tensor, a number for a scalar, or for a plate a record of them"
    })
  return new Map(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === "number" || value instanceof tf.Tensor
        ? [[nameAt([...path, name]), value as Tensor | number] as const]
        : [...tableOf(handler, value, [...path, name])]
    )
  )
}

/**
 * The value of a site as a tensor of the run.
 *
 * @throws ShapeMismatch when the value has another shape than the site
 */
export const asValue = (handler: string, site: string, value: Tensor | number, shape: Shape): Tensor => {
  const tensor: Tensor = typeof value === "number" ? typed(tf.scalar(value)) : value
  if (sameShape(tensor.shape, shape)) return tensor
  throw new ShapeMismatch({ site, where: handler, expected: shape, actual: tensor.shape })
}
