import * as tf from "@tensorflow/tfjs"
import { ownKernels } from "../tensor/ownKernels.ts"
import type { Special } from "../tensor/special/Special.ts"
import { sizeOf } from "../tensor/Tensor.ts"
import { exactly, type Values } from "./Graph.ts"
import { type HostProgram, hostProgram, shareWithoutLoop } from "./hostProgram.ts"
import { expandSpecial, specialBody } from "./passes/expandSpecial.ts"

/**
 * Special functions on tfjs's cpu backend: when one is asked for a second time with the same shapes, the ops of its `forward` are recorded, and from
 * then on it runs as plain loops (`hostProgram`). The numbers are the same; log I(x; a, b) of one number takes a fiftieth of the time.
 */
const register = (special: Special): void => {
  const { kernel, inputs: names, forward } = special
  tf.registerKernel({
    kernelName: kernel,
    backendName: "cpu",
    kernelFunc: ({ inputs, attrs = {}, backend }) => {
      const infos = names.flatMap((name) => inputs[name] ?? [])
      const program = programOf(special, infos, attrs)
      // inside of a kernel tfjs passes the tensors with which it was called
      if (program === undefined) return tf.tidy(() => forward(infos as tf.Tensor[], attrs))
      const host = backend as Host
      const values = program.run(Object.fromEntries(infos.map(({ dataId }, i) => [i, host.readSync(dataId)])))
      return { dataId: host.write(values, program.shape, program.dtype), shape: program.shape, dtype: program.dtype }
    }
  })
}

/** The part of tfjs's cpu backend that holds numbers. */
interface Host {
  readonly readSync: (id: tf.TensorInfo["dataId"]) => Values
  readonly write: (values: Values, shape: number[], dtype: tf.DataType) => tf.TensorInfo["dataId"]
}

interface Program {
  readonly run: HostProgram
  readonly shape: number[]
  readonly dtype: tf.DataType
}

/** By function, attributes and shapes: a program, or why there is none: it was asked for once, or its ops have no loops here. */
const programs = new Map<string, Program | "once" | "slow">()
const most = 500

/** Up to this many numbers in an input or the result: what they take meanwhile is not freed as early as tfjs does. */
const largest = 1 << 17
/** Where more than one op in so many has no loop, nothing is gained. */
const withoutLoop = 1 / 8

const programOf = (
  special: Special,
  infos: ReadonlyArray<tf.TensorInfo>,
  attrs: Readonly<Record<string, unknown>>
): Program | undefined => {
  if (infos.some(({ shape, dtype }) => dtype !== "float32" || sizeOf(shape) > largest)) return undefined
  const key = `${special.kernel} ${JSON.stringify(attrs, exactly)} ${infos.map(({ shape }) => shape.join()).join(" ")}`
  const known = programs.get(key)
  if (known === undefined) {
    const [oldest] = programs.keys()
    if (oldest !== undefined && programs.size >= most) programs.delete(oldest)
    programs.set(key, "once")
  }
  // tfjs keeps what is made within a gradient, the tensors of a recording too
  if (known === "once" && tf.engine().state.gradientDepth === 0) programs.set(key, made(special, infos, attrs))
  const program = programs.get(key)
  return typeof program === "object" ? program : undefined
}

const made = (
  { kernel }: Special,
  infos: ReadonlyArray<tf.TensorInfo>,
  attrs: Readonly<Record<string, unknown>>
): Program | "slow" => {
  const inputs = infos.map(({ shape }) => ({ shape, dtype: "float32" as const }))
  const body = expandSpecial(specialBody(kernel, inputs, attrs))
  const y = body.nodes[body.outputs["y"] ?? 0]
  if (y === undefined || shareWithoutLoop(body) > withoutLoop) return "slow"
  return { run: hostProgram(body), shape: [...y.shape], dtype: y.dtype }
}

for (const special of Object.values(ownKernels))
  if (tf.getKernel(special.kernel, "cpu") === undefined) register(special)
