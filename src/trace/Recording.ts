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

/** A branch of a choice in a recording: the scalar that says whether it is taken, the branch around it, and the values from outside as they are seen inside. */
export interface BranchScope {
  readonly on: Id
  readonly around: BranchScope | undefined
  readonly guards: Map<Id, Id>
}

/** One recording: the nodes, and the node of each tfjs data id. */
export class Recording {
  readonly nodes: Array<Node> = []
  /** for the body of a recurrence: the nodes of the recording around it that it reads, and the noise that is drawn there for all positions */
  readonly captured: Array<Id> = []
  readonly scanned: Array<Id> = []
  /** in the body of a recurrence over the rows of a plate: the axis along which its sites are drawn, one for each row */
  drawnAlong: string | undefined
  /** the branch of a choice in which the program is now */
  scope: BranchScope | undefined
  /** the innermost branch in which each node was made, for those that were made in one */
  private readonly owners = new Map<Id, BranchScope>()
  private joining = false
  private readonly ids = new Map<object, Id>()
  private readonly scalars = new Map<string, Id>()
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

  /** A constant. Equal scalars are one node: a program of many sites writes the same few numbers again and again. */
  constant(values: tf.BackendValues, shape: Shape, dtype: tf.DataType): Id {
    if (shape.length > 0) return this.push(constantNode(values, shape, dtype))
    const [value] = values as ArrayLike<number> & Iterable<number>
    const key = `${dtype} ${Object.is(value, -0) ? "-0" : value}`
    const known = this.scalars.get(key) ?? this.push(constantNode(values, shape, dtype))
    this.scalars.set(key, known)
    return known
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
    const id = this.constant(values, tensor.shape, tensor.dtype)
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
    const given = inputs.map((id) => this.seen(id))
    const id = this.push(
      makeNode(
        kernel,
        given,
        given.map((id) => nodeAt(this, id)),
        attrs
      )
    )
    if (this.scope !== undefined) this.owners.set(id, this.scope)
    return id
  }

  /**
   * Runs `f` in a branch of a choice, or outside of all.
   *
   * @param joining whether `f` may read values of branches that it is not in
   */
  inScope<A>(scope: BranchScope | undefined, f: () => A, joining = false): A {
    const before = { scope: this.scope, joining: this.joining }
    this.scope = scope
    this.joining = joining
    try {
      return f()
    } finally {
      this.scope = before.scope
      this.joining = before.joining
    }
  }

  /** A value as it is seen in the present branch: one from outside gives its gradient back only if the branch is taken. */
  private seen(id: Id): Id {
    const owner = this.owners.get(id)
    if (owner === this.scope) return id
    const between: Array<BranchScope> = []
    let scope = this.scope
    for (; scope !== undefined && scope !== owner; scope = scope.around) between.unshift(scope)
    if (scope === owner) return between.reduce((x, each) => this.guarded(x, each), id)
    if (this.joining) return id
    throw unsupported("cond", "A value that was made in one branch is read outside of it. Return it from the branch.")
  }

  /** where(on, x, x as a constant): its gradient is chosen, not multiplied, so that a slope which is no number does not leave the branch. */
  private guarded(id: Id, scope: BranchScope): Id {
    const { kernel, dtype } = nodeAt(this, id)
    if (kernel === "Const" || kernel === "Noise" || dtype !== "float32") return id
    const known = scope.guards.get(id)
    if (known !== undefined) return known
    const guard = this.inScope(scope.around, () =>
      this.add("Select", [spread(this, scope.on, id), id, this.add("StopGradient", [id], {})], {})
    )
    this.owners.set(guard, scope)
    scope.guards.set(id, guard)
    return guard
  }

  drawNoise(attrs: Attrs): Id {
    if (this.around !== undefined) {
      const { recording, length, scanned } = this.around
      const shape = attrs["shape"] as Shape
      const ofRows = (axis: string): Id => recording.add("Across", [recording.drawNoise(attrs)], { axis, size: length })
      this.scanned.push(
        this.drawnAlong === undefined
          ? recording.drawNoise({ ...attrs, shape: [length, ...shape] })
          : ofRows(this.drawnAlong)
      )
      return this.push(leaf.input(scannedInput(scanned + this.scanned.length - 1), shape))
    }
    const [distribution, label] = [attrs["law"] as NoiseDistribution, noiseLabel({ attrs })]
    if (this.noise.has(`${distribution}:${label}`)) throw new DuplicateSite({ site: label, kind: "site" })
    this.noise.add(`${distribution}:${label}`)
    const stream = attrs["stream"] as string | undefined
    return this.push(leaf.noise(distribution, String(attrs["site"]), attrs["shape"] as Shape, stream))
  }
}

/** A scalar in the shape of another node. */
export const spread = (recording: Recording, scalar: Id, like: Id): Id => {
  const { shape } = nodeAt(recording, like)
  if (shape.length === 0) return scalar
  const one = recording.add("Reshape", [scalar], { shape: shape.map(() => 1) })
  return recording.add("Tile", [one], { reps: [...shape] })
}

/** The recording in which a body stands, how many positions it has, and how many inputs are read position by position before those of its noise. */
export interface Around {
  readonly recording: Recording
  readonly length: number
  readonly scanned: number
}

const constantNode = (values: tf.BackendValues, shape: Shape, dtype: tf.DataType): Node => {
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
