import * as tf from "@tensorflow/tfjs"
import { DuplicateSite } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import { makeNode } from "./build.ts"
import {
  type Attrs,
  type DType,
  type Id,
  leaf,
  type Node,
  type NoiseLaw,
  nodeAt,
  noiseLabel,
  type Values
} from "./Graph.ts"
import { unsupported } from "./refuse.ts"

/** One recording: the nodes, and which node each tfjs data id stands for. */
export class Recording {
  readonly nodes: Array<Node> = []
  private readonly ids = new Map<object, Id>()
  private readonly noise = new Set<string>()

  push(node: Node): Id {
    return this.nodes.push(node) - 1
  }

  name(dataId: object, id: Id): void {
    this.ids.set(dataId, id)
  }

  /** A tensor that was made before the recording, on a numeric backend, is a constant of the program. */
  idOf(tensor: tf.TensorInfo): Id {
    const known = this.ids.get(tensor.dataId)
    if (known !== undefined) return known
    if (tensor instanceof tf.Variable) {
      throw unsupported(
        "tf.Variable",
        "Its value would be frozen into the program and never trained. Use param(name, shape) or a Net."
      )
    }
    const values = tf.engine().readSync(tensor.dataId)
    const id = this.push(constantNode(values, tensor.shape, tensor.dtype))
    this.name(tensor.dataId, id)
    return id
  }

  add(kernel: string, inputs: ReadonlyArray<Id>, attrs: Attrs): Id {
    return this.push(
      makeNode(
        kernel,
        inputs,
        inputs.map((id) => nodeAt(this, id)),
        attrs
      )
    )
  }

  drawNoise(attrs: Attrs): Id {
    const [law, label] = [attrs["law"] as NoiseLaw, noiseLabel({ attrs })]
    if (this.noise.has(`${law}:${label}`)) throw new DuplicateSite({ site: label, kind: "site" })
    this.noise.add(`${law}:${label}`)
    const stream = attrs["stream"] as string | undefined
    return this.push(leaf.noise(law, String(attrs["site"]), attrs["shape"] as Shape, stream))
  }
}

export const constantNode = (values: tf.BackendValues, shape: Shape, dtype: tf.DataType): Node => {
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    throw unsupported(`tensor of ${dtype}`, "Recorded programs hold float32, int32 and bool values.")
  }
  return leaf.constant(ownCopy(values, dtype), [...shape], dtype)
}

const ownCopy = (values: tf.BackendValues, dtype: DType): Values => {
  const numbers = values as ArrayLike<number>
  return dtype === "float32"
    ? Float32Array.from(numbers)
    : dtype === "int32"
      ? Int32Array.from(numbers)
      : Uint8Array.from(numbers)
}
