import * as tf from "@tensorflow/tfjs"
import { GuideMismatch } from "../Errors.ts"
import { type Shape, type Tensor, typed } from "../tensor/Tensor.ts"

/** How a parameter begins: from a generator keyed by the fit's seed and the parameter's name, or at given numbers. */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly bound: number }

/** Where the parameters of one fit live while its program runs. The same name is the same parameter. */
export interface ParamStore {
  readonly get: (name: string, shape: Shape, init: Init) => tf.Tensor
  /** a name for a net that was given none: the same object has the same name */
  readonly nameOf: (net: object, kind: string) => string
}

/** The store of the fit that is being recorded. Plain calls such as `param` need to find it, so it is module state: the only one here. */
let current: ParamStore | undefined

/** Runs `f` with a store for its parameters; the previous one is back afterwards, whatever happens. */
export const withParams = <A>(store: ParamStore, f: () => A): A => {
  const before = current
  current = store
  try {
    return f()
  } finally {
    current = before
  }
}

/** @throws GuideMismatch outside of a program that is being recorded */
export const currentStore = (asking: string): ParamStore => {
  if (current === undefined) {
    throw new GuideMismatch({
      site: asking,
      reason:
        "parameters and nets are made while a program is recorded. Call them inside the likelihood, the guide or a program, not at the top level."
    })
  }
  return current
}

/**
 * A learned number or tensor, shared by its name within one fit.
 *
 * - `param("w.loc", [3])`: three real numbers that begin at 0
 * - `param("bias", 0.5)`: one real number that begins at 0.5
 * - `param.positive("sigma", 1)`: one number above 0 that begins at 1; its logarithm is what is trained
 *
 * @throws DuplicateSite when a name comes back with another shape; GuideMismatch outside of a recording
 */
export const param: {
  <const S extends Shape>(name: string, shape: S, init?: number): Tensor<S>
  (name: string, init: number): Tensor<readonly []>
  readonly positive: {
    <const S extends Shape>(name: string, shape: S, init?: number): Tensor<S>
    (name: string, init: number): Tensor<readonly []>
  }
} = Object.assign(
  <S extends Shape>(name: string, shapeOrInit: S | number, init = 0): Tensor<S> => {
    const [shape, value] = typeof shapeOrInit === "number" ? [[], shapeOrInit] : [shapeOrInit, init]
    return typed(currentStore(name).get(name, shape, { kind: "constant", value }))
  },
  {
    positive: <S extends Shape>(name: string, shapeOrInit: S | number, init = 1): Tensor<S> => {
      const [shape, value] = typeof shapeOrInit === "number" ? [[], shapeOrInit] : [shapeOrInit, init]
      return typed(tf.exp(currentStore(name).get(name, shape, { kind: "constant", value: Math.log(value) })))
    }
  }
)
