import type { Shape, Tensor } from "../../tensor/Tensor.ts"
import { conv2d, convTranspose2d, maxPool2d } from "./conv2d.ts"
import { activation, dense, flatten, residual, unflatten } from "./dense.ts"
import { mlp } from "./mlp.ts"
import { attention, embedding, gru, layerNorm } from "./sequence.ts"

type T<S extends Shape> = Tensor<S>

/** Layers one after the other, each given what the one before gives. */
export interface Sequential {
  <A extends Shape, B extends Shape, C extends Shape>(
    ...layers: readonly [(x: T<A>) => T<B>, (x: T<B>) => T<C>]
  ): (x: T<A>) => T<C>
  <A extends Shape, B extends Shape, C extends Shape, D extends Shape>(
    ...layers: readonly [(x: T<A>) => T<B>, (x: T<B>) => T<C>, (x: T<C>) => T<D>]
  ): (x: T<A>) => T<D>
  <A extends Shape, B extends Shape, C extends Shape, D extends Shape, E extends Shape>(
    ...layers: readonly [(x: T<A>) => T<B>, (x: T<B>) => T<C>, (x: T<C>) => T<D>, (x: T<D>) => T<E>]
  ): (x: T<A>) => T<E>
  <A extends Shape, B extends Shape, C extends Shape, D extends Shape, E extends Shape, F extends Shape>(
    ...layers: readonly [(x: T<A>) => T<B>, (x: T<B>) => T<C>, (x: T<C>) => T<D>, (x: T<D>) => T<E>, (x: T<E>) => T<F>]
  ): (x: T<A>) => T<F>
  <
    A extends Shape,
    B extends Shape,
    C extends Shape,
    D extends Shape,
    E extends Shape,
    F extends Shape,
    G extends Shape
  >(
    ...layers: readonly [
      (x: T<A>) => T<B>,
      (x: T<B>) => T<C>,
      (x: T<C>) => T<D>,
      (x: T<D>) => T<E>,
      (x: T<E>) => T<F>,
      (x: T<F>) => T<G>
    ]
  ): (x: T<A>) => T<G>
  <
    A extends Shape,
    B extends Shape,
    C extends Shape,
    D extends Shape,
    E extends Shape,
    F extends Shape,
    G extends Shape,
    H extends Shape
  >(
    ...layers: readonly [
      (x: T<A>) => T<B>,
      (x: T<B>) => T<C>,
      (x: T<C>) => T<D>,
      (x: T<D>) => T<E>,
      (x: T<E>) => T<F>,
      (x: T<F>) => T<G>,
      (x: T<G>) => T<H>
    ]
  ): (x: T<A>) => T<H>
  <
    A extends Shape,
    B extends Shape,
    C extends Shape,
    D extends Shape,
    E extends Shape,
    F extends Shape,
    G extends Shape,
    H extends Shape,
    I extends Shape
  >(
    ...layers: readonly [
      (x: T<A>) => T<B>,
      (x: T<B>) => T<C>,
      (x: T<C>) => T<D>,
      (x: T<D>) => T<E>,
      (x: T<E>) => T<F>,
      (x: T<F>) => T<G>,
      (x: T<G>) => T<H>,
      (x: T<H>) => T<I>
    ]
  ): (x: T<A>) => T<I>
}

const sequential = ((...layers: ReadonlyArray<(x: Tensor) => Tensor>) =>
  (x: Tensor) =>
    layers.reduce((value, layer) => layer(value), x)) as Sequential

/** Neural networks of one datum: layers are functions, and a net is one too. Batches, particles and plates are added by the library. */
export const Net = {
  mlp,
  dense,
  activation,
  sequential,
  residual,
  flatten,
  unflatten,
  conv2d,
  convTranspose2d,
  maxPool2d,
  layerNorm,
  embedding,
  gru,
  attention
}
