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
  type NoiseDistribution,
  nodeAt,
  noiseLabel,
  type Values
} from "./Graph.ts"
import { unsupported } from "./refuse.ts"
import { capturedInput, scannedInput } from "./region.ts"
import { userLine } from "./userLine.ts"

/** One recording: the nodes, and the node of each tfjs data id. */
export class Recording {
  readonly nodes: Array<Node> = []
  /** for the body of a recurrence: the nodes of the recording around it that it reads, and the noise that is drawn there for all positions */
  readonly captured: Array<Id> = []
  readonly scanned: Array<Id> = []
  private readonly ids = new Map<object, Id>()
  private readonly noise = new Set<string>()
  private readonly around: Around | undefined

  private readonly lines: Map<Id, string> | undefined

  constructor(around?: Around, lines?: Map<Id, string>) {
    this.around = around
    this.lines = lines
  }

  push(node: Node): Id {
    const line = this.lines === undefined ? undefined : userLine()
    if (line !== undefined) this.lines?.set(this.nodes.length, line)
    return this.nodes.push(node) - 1
  }

  name(dataId: object, id: Id): void {
    this.ids.set(dataId, id)
  }

  /** The node of a tensor. A tensor that was made before the recording, on a numeric backend, becomes a constant of the program. */
  idOf(tensor: tf.TensorInfo): Id {
    const known = this.ids.get(tensor.dataId) ?? this.capture(tensor)
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

  /** A value of the recording around a body becomes an input of the body. */
  private capture(tensor: tf.TensorInfo): Id | undefined {
    if (this.around === undefined || !this.around.recording.knows(tensor)) return undefined
    const outside = this.around.recording.idOf(tensor)
    const { shape, dtype } = nodeAt(this.around.recording, outside)
    const id = this.push(leaf.input(capturedInput(this.captured.push(outside) - 1), shape, dtype))
    this.name(tensor.dataId, id)
    return id
  }

  /** In a body: the value at its position of one that has a value for each position outside. */
  readAcross(tensor: tf.TensorInfo, attrs: Attrs): Id {
    if (this.around === undefined) throw new RangeError("there is no position outside of a recurrence")
    const { recording, scanned } = this.around
    const outside = recording.idOf(tensor)
    const { shape, dtype } = nodeAt(recording, outside)
    this.scanned.push(recording.add("Across", [outside], attrs))
    return this.push(leaf.input(scannedInput(scanned + this.scanned.length - 1), shape, dtype))
  }

  private knows({ dataId }: tf.TensorInfo): boolean {
    return this.ids.has(dataId) || this.around?.recording.knows({ dataId } as tf.TensorInfo) === true
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
    if (this.around !== undefined) {
      const { recording, length, scanned } = this.around
      const shape = attrs["shape"] as Shape
      this.scanned.push(recording.drawNoise({ ...attrs, shape: [length, ...shape] }))
      return this.push(leaf.input(scannedInput(scanned + this.scanned.length - 1), shape))
    }
    const [distribution, label] = [attrs["law"] as NoiseDistribution, noiseLabel({ attrs })]
    if (this.noise.has(`${distribution}:${label}`)) throw new DuplicateSite({ site: label, kind: "site" })
    this.noise.add(`${distribution}:${label}`)
    const stream = attrs["stream"] as string | undefined
    return this.push(leaf.noise(distribution, String(attrs["site"]), attrs["shape"] as Shape, stream))
  }
}

/** The recording in which a body stands, how many positions it has, and how many inputs are read position by position before those of its noise. */
export interface Around {
  readonly recording: Recording
  readonly length: number
  readonly scanned: number
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
