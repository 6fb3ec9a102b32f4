import * as tf from "@tensorflow/tfjs"
import type { Dist, Gradient } from "../../dist/Dist.ts"
import { iaf } from "../../dist/flow/autoregressive.ts"
import type { VectorNet } from "../../dist/flow/conditional.ts"
import { neuralSpline, realNvp } from "../../dist/flow/coupling.ts"
import { type Mask, masks } from "../../dist/flow/made.ts"
import type { Support } from "../../dist/Support.ts"
import { Transformed } from "../../dist/Transformed.ts"
import { affine } from "../../dist/transform/affine.ts"
import { compose } from "../../dist/transform/chain.ts"
import { permute } from "../../dist/transform/permute.ts"
import type { Transform } from "../../dist/transform/Transform.ts"
import { type Shape, typed } from "../../tensor/Tensor.ts"
import { Net } from "../net/index.ts"
import { learned } from "./AutoSite.ts"
import { around, standardNormal, type Vector, type VectorDist } from "./together.ts"

/** How the layers of a flow are made: by masks (`iaf`), or by couplings in which one half of the numbers says what happens to the other. */
export type FlowKind = "iaf" | "realNvp" | "spline"

interface Layers {
  readonly kind: FlowKind
  readonly layers: number
  /** units of the hidden layer of each net */
  readonly hidden: number
}

/** Standard normal noise through layers of a flow, with the order of the numbers turned round between them, and then u = loc + scale·y. */
export const flowed = (vector: Vector, { kind, layers, hidden }: Layers, scale: number): VectorDist => {
  const turn = permute(Array.from({ length: vector.size }, (_, i) => vector.size - 1 - i))
  const parts = Array.from({ length: layers }, (_, i): ReadonlyArray<Transform> => {
    const layer = makers[kind](vector.size, hidden, `auto.flow.${i}`)
    return i === 0 ? [layer] : [turn, layer]
  }).flat()
  const whole: Transform = affine(...around(vector, scale))
  const dist: Dist = Transformed<Dist<Shape, Support, Gradient>, Transform>(
    standardNormal(vector.size),
    compose([...parts, whole])
  )
  return dist as VectorDist
}

type Maker = (size: number, hidden: number, name: string) => Transform

/** A spline's bins, and where it ends. */
const spline = { bins: 8, bound: 4 }

const makers: Readonly<Record<FlowKind, Maker>> = {
  iaf: (size, hidden, name) => {
    const layers = [size, hidden, 2 * size] as const
    return iaf(gated(layers, name, masks(layers)))
  },
  realNvp: (size, hidden, name) => {
    const kept = Math.floor(size / 2)
    return realNvp(kept, gated([kept, hidden, 2 * (size - kept)], name))
  },
  spline: (size, hidden, name) => {
    const kept = Math.floor(size / 2)
    const outputs = (size - kept) * (3 * spline.bins - 1)
    return neuralSpline(kept, gated([kept, hidden, outputs], name), spline)
  }
}

/** A net whose outputs are multiplied by learned numbers that begin at 0: at the beginning each layer is the identity, and the guide a normal. */
const gated = (
  layers: readonly [number, number, number],
  name: string,
  masks?: ReadonlyArray<Mask>
): VectorNet<number> => {
  const net = Net.mlp(layers, { name, activation: "tanh", ...(masks !== undefined && { masks }) })
  return (x) => typed(tf.mul(learned(`${name}.gate`, [layers[2]], 0), net(x)))
}
