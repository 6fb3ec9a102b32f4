import * as tf from "@tensorflow/tfjs"
import { DuplicateSite, TracedRead, UnsupportedKernel } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import { makeNode } from "./build.ts"
import { desugared, type Emit } from "./desugar.ts"
import {
  type Attrs,
  type DType,
  type Graph,
  type Id,
  leaf,
  type Node,
  type NoiseLaw,
  nodeAt,
  type Values
} from "./Graph.ts"
import { kernels } from "./kernels/index.ts"
import { userLine } from "./userLine.ts"

export const recorderName = "latent-recorder"

/** What a program under the recorder can ask for beside tfjs's own ops. */
export interface Recorder {
  /** a value that is given when the graph runs */
  readonly input: (name: string, shape: Shape, dtype?: DType) => tf.Tensor
  /** the graph so far, for decisions that are made while recording goes on */
  readonly graph: () => Pick<Graph, "nodes">
  /** the node that made a tensor */
  readonly idOf: (tensor: tf.TensorInfo) => Id
  /** the tensor of a node */
  readonly tensorOf: (id: Id) => tf.Tensor
}

/**
 * Runs `f` on a tfjs backend that computes nothing: each kernel call becomes a node. The backend that was current
 * before is current again afterwards, whatever happens, and no tensor is left behind.
 *
 * @throws TracedRead, UnsupportedKernel, DuplicateSite
 */
export const record = (f: (recorder: Recorder) => Readonly<Record<string, tf.Tensor>>): Graph => {
  tf.backend()
  const before = tf.getBackend()
  if (before === recorderName)
    throw new UnsupportedKernel({
      kernel: "record",
      during: "another program is being recorded",
      advice: "Recordings do not nest."
    })
  const backend = backendOf()
  const recording = backend.begin()
  const restoreCustomGrad = guardCustomGrad()
  tf.setBackend(recorderName)
  try {
    let outputs: Record<string, Id> = {}
    tf.tidy(() => {
      const results = f({
        input: (name, shape, dtype) => toTensor(backend, recording.push(leaf.input(name, shape, dtype))),
        graph: () => recording,
        idOf: (tensor) => recording.idOf(tensor),
        tensorOf: (id) => toTensor(backend, id)
      })
      outputs = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, recording.idOf(tensor)]))
    })
    return { nodes: recording.nodes, outputs }
  } finally {
    restoreCustomGrad()
    freeTape()
    backend.end()
    tf.setBackend(before)
  }
}

const toTensor = (backend: RecordingBackend, id: Id): tf.Tensor =>
  tf.engine().makeTensorFromTensorInfo(backend.infoOf(id), backend)

/** One recording: the nodes, and which node each tfjs data id stands for. */
class Recording {
  readonly nodes: Array<Node> = []
  private readonly ids = new WeakMap<object, Id>()
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

  drawNoise(attrs: Attrs): Id {
    const [law, site] = [attrs["law"] as NoiseLaw, String(attrs["site"])]
    if (this.noise.has(`${law}:${site}`)) throw new DuplicateSite({ site, kind: "site" })
    this.noise.add(`${law}:${site}`)
    return this.push(leaf.noise(law, site, attrs["shape"] as Shape))
  }
}

/** The tfjs backend: it stores the place of a node where others store numbers. */
class RecordingBackend extends tf.KernelBackend {
  private recording: Recording | undefined
  private readonly references = new Map<object, number>()

  begin(): Recording {
    this.recording = new Recording()
    return this.recording
  }

  end(): void {
    this.recording = undefined
  }

  current(): Recording {
    if (this.recording === undefined)
      throw unsupported(recorderName, "A traced tensor was used after its recording had ended.")
    return this.recording
  }

  infoOf(id: Id): tf.TensorInfo {
    const { shape, dtype } = nodeAt(this.current(), id)
    const dataId = {}
    this.current().name(dataId, id)
    this.references.set(dataId, 1)
    return { dataId, shape: [...shape], dtype }
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const random = randomScope()
    if (random !== undefined) {
      throw unsupported(
        random,
        "Numbers drawn outside of a site would be frozen into the program. Draw them with sample(name, …), or from a Key."
      )
    }
    return this.infoOf(this.current().push(constantNode(values, shape, dtype))).dataId
  }

  override readSync(): never {
    throw traced()
  }

  override read(): never {
    throw traced()
  }

  override incRef(dataId: object): void {
    this.references.set(dataId, this.refCount(dataId) + 1)
  }

  private decRef(dataId: object): void {
    this.references.set(dataId, this.refCount(dataId) - 1)
  }

  override refCount(dataId: object): number {
    return this.references.get(dataId) ?? 0
  }

  override disposeData(dataId: object, force = false): boolean {
    this.decRef(dataId)
    if (!force && this.refCount(dataId) > 0) return false
    this.references.delete(dataId)
    return true
  }

  override numDataIds(): number {
    return this.references.size
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return false
  }

  override dispose(): void {
    this.references.clear()
  }
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

const unsupported = (kernel: string, advice: string): UnsupportedKernel => {
  const line = userLine()
  return new UnsupportedKernel({
    kernel,
    during: "a program is being recorded",
    advice,
    ...(line === undefined ? {} : { line })
  })
}

const traced = (): TracedRead => {
  const line = userLine()
  return new TracedRead(line === undefined ? {} : { line })
}

const opSuffix = "__op"
const randomOps = new Set([
  "randomNormal",
  "randomUniform",
  "randomUniformInt",
  "truncatedNormal",
  "randomGamma",
  "randomStandardNormal",
  "multinomial",
  "dropout"
])

/** The random tfjs op inside which the program is now, if any: tfjs names a scope after each op. */
const randomScope = (): string | undefined => {
  const scopes: ReadonlyArray<{ readonly name: string }> = tf.engine().state.scopeStack
  return scopes.map((scope) => scope.name.replace(opSuffix, "")).find((name) => randomOps.has(name))
}

/**
 * A gradient that a program declares with `tf.customGrad` is not in the kernels that it runs, and would be lost without
 * a word. tfjs's own two uses (logSoftmax, logSigmoid) declare the true gradient of their kernels and may pass.
 */
const guardCustomGrad = (): (() => void) => {
  const engine = tf.engine()
  const original = engine.customGrad
  engine.customGrad = (f) => {
    if (engine.state.activeScope?.name.endsWith(opSuffix) === true) return original.bind(engine)(f)
    throw unsupported("tf.customGrad", "The declared gradient would be lost. Write the function with tfjs ops alone.")
  }
  return () => {
    engine.customGrad = original
  }
}

/** tfjs keeps what a gradient saved when that gradient throws. */
const freeTape = (): void => {
  const { state } = tf.engine()
  if (state.gradientDepth > 0) return
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved)
  state.activeTape = []
}

let registered: RecordingBackend | undefined

/** Registers the backend on first use: a kernel for each row of the table, and a clear refusal for every other kernel of tfjs. */
const backendOf = (): RecordingBackend => {
  if (registered !== undefined) return registered
  const backend = new RecordingBackend()
  registered = backend
  tf.registerBackend(recorderName, () => backend, -1)
  const register = (kernelName: string, kernelFunc: tf.KernelFunc): void =>
    tf.registerKernel({ kernelName, backendName: recorderName, kernelFunc })

  register("Identity", ({ inputs }) => {
    const x = inputs["x"]
    if (x === undefined) throw new RangeError("Identity takes one input")
    backend.current().idOf(x)
    backend.incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
  })
  register("Noise", ({ attrs }) => backend.infoOf(backend.current().drawNoise(attrs ?? {})))

  for (const [kernel, row] of Object.entries(kernels)) {
    register(kernel, ({ inputs, attrs }) => {
      const given = row.inputs === undefined ? Object.values(inputs) : row.inputs.map((name) => inputs[name])
      const recording = backend.current()
      const ids = given.flatMap((input) => (input === undefined ? [] : [recording.idOf(input)]))
      return backend.infoOf(
        recording.push(
          makeNode(
            kernel,
            ids,
            ids.map((id) => nodeAt(recording, id)),
            attrs ?? {}
          )
        )
      )
    })
  }
  const emit: Emit = {
    add: (kernel, inputs, attrs = {}) => {
      const recording = backend.current()
      return recording.push(
        makeNode(
          kernel,
          inputs,
          inputs.map((id) => nodeAt(recording, id)),
          attrs
        )
      )
    },
    constant: (values, shape, dtype) => backend.current().push(leaf.constant(values, shape, dtype)),
    info: (id) => nodeAt(backend.current(), id)
  }
  for (const [kernel, expandKernel] of Object.entries(desugared)) {
    register(kernel, ({ inputs, attrs }) => {
      const ids = Object.values(inputs)
        .flatMap((input) => (input === undefined ? [] : [input]))
        .flat()
        .map((input) => backend.current().idOf(input))
      const results = expandKernel(emit, ids, attrs ?? {}).map((id) => backend.infoOf(id))
      const [single] = results
      return results.length === 1 && single !== undefined && !manyOutputs.has(kernel) ? single : results
    })
  }
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernelName, recorderName) !== undefined) continue
    register(kernelName, () => {
      throw unsupported(
        kernelName,
        "Write it with elementwise ops, reductions, matMul, gather, concat, slice, pad or where."
      )
    })
  }
  return backend
}

const manyOutputs = new Set(["SplitV", "Unpack"])
