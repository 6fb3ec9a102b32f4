import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"
import { arrayOf, type Graph, type Id, isLeaf, type Node, nameOf, nodeAt, type Values, valuesOf } from "./Graph.ts"
import { type HostFunction, hostFunction } from "./hostFunctions.ts"
import { runNode } from "./runKernel.ts"

/** The values of a graph's output `y`, from those of its inputs by name. */
export type HostProgram = (inputs: Readonly<Record<string, Values>>) => Values

/** Computes a node's values: into the array that it is given, or it returns others that are there already. */
type Step = (inputs: ReadonlyArray<Values>, into: () => Values) => Values

/**
 * Makes plain loops over arrays of a graph. They compute the numbers of tfjs's cpu kernels without its bookkeeping for each call, which takes longer
 * than the arithmetic on a few numbers. Kernels without a loop here run on tfjs's current backend, which must be cpu.
 */
export const hostProgram = (graph: Graph): HostProgram => {
  const output = graph.outputs["y"] ?? 0
  const owners = ownersOf(graph)
  const lastReader = new Map<Id, Id>()
  graph.nodes.forEach(({ inputs }, id) => {
    for (const input of inputs) lastReader.set(owners[input] ?? input, id)
  })
  lastReader.delete(owners[output] ?? output)
  const steps = graph.nodes.map((node, id) => {
    const infos = node.inputs.map((input) => nodeAt(graph, input))
    const read = new Set(node.inputs.map((input) => owners[input] ?? input))
    const frees = [...read]
      .filter((owner) => lastReader.get(owner) === id && !isLeaf(nodeAt(graph, owner)))
      .map((owner) => ({ owner, kind: kindOf(nodeAt(graph, owner)) }))
    return { node, frees, kind: kindOf(node), run: stepOf(node, infos) }
  })
  return (inputs) => {
    const values: Array<Values> = []
    const free: Record<string, Array<Values>> = {}
    for (const { node, frees, kind, run } of steps) {
      const into = (): Values => free[kind]?.pop() ?? new arrayOf[node.dtype](sizeOf(node.shape))
      const read = node.inputs.map((id) => values[id] as Values)
      values.push(node.kernel === "Input" ? (inputs[nameOf(node)] as Values) : run(read, into))
      for (const { owner, kind: freed } of frees) (free[freed] ??= []).push(values[owner] as Values)
    }
    return values[output] as Values
  }
}

/** Arrays of one kind can be used again for each other. */
const kindOf = ({ dtype, shape }: Node): string => `${dtype}${sizeOf(shape)}`

/** The node in whose array the values of each node lie: a reshaped value lies in that of its input. */
const ownersOf = ({ nodes }: Graph): ReadonlyArray<Id> => {
  const owners: Array<Id> = []
  nodes.forEach(({ kernel, inputs: [x = 0] }, id) => {
    owners.push(kernel === "Reshape" ? (owners[x] ?? x) : id)
  })
  return owners
}

/** The part of a graph's nodes that has no loop here. */
export const shareWithoutLoop = ({ nodes }: Graph): number =>
  nodes.filter(({ kernel, attrs }) => !withLoop.has(kernel) && hostFunction(kernel, attrs) === undefined).length /
  nodes.length

const withLoop: ReadonlySet<string> = new Set(["Input", "Const", "Reshape", "Sum"])

const stepOf = (node: Node, infos: ReadonlyArray<Node>): Step => {
  if (node.kernel === "Input") return () => new Float32Array(0)
  if (node.kernel === "Const") {
    const values = valuesOf(node)
    return () => values
  }
  if (node.kernel === "Reshape") return ([x]) => x as Values
  if (node.kernel === "Sum" && sumsLastAxes(node, infos)) return sum(node)
  const f = hostFunction(node.kernel, node.attrs)
  const isAligned = node.kernel !== "Select" || infos.every(({ shape }) => sizeOf(shape) === sizeOf(node.shape))
  return f === undefined || !isAligned ? byTfjs(node, infos) : elementwise(f, node, infos)
}

/** A loop for each number of operands: one loop that reads operands that are not there takes three times as long. */
const elementwise = (f: HostFunction, { shape }: Node, infos: ReadonlyArray<Node>): Step => {
  const size = sizeOf(shape)
  const [p = still, q = still, r = still] = infos.map((info) => operandOf(info.shape, shape))
  const [i1, i2, i3] = [p.pace, q.pace, r.pace]
  if (infos.length === 1)
    return ([a = none], into) => {
      const y = into()
      const x = p.written(a)
      for (let i = 0; i < size; i++) y[i] = f(x[i * i1] as number, 0, 0)
      return y
    }
  if (infos.length === 2)
    return ([a = none, b = none], into) => {
      const y = into()
      const [x1, x2] = [p.written(a), q.written(b)]
      for (let i = 0; i < size; i++) y[i] = f(x1[i * i1] as number, x2[i * i2] as number, 0)
      return y
    }
  return ([a = none, b = none, c = none], into) => {
    const y = into()
    const [x1, x2, x3] = [p.written(a), q.written(b), r.written(c)]
    for (let i = 0; i < size; i++) y[i] = f(x1[i * i1] as number, x2[i * i2] as number, x3[i * i3] as number)
    return y
  }
}

/** How an operand is read: number by number, one number for all, or written out first where single axes broadcast. */
interface Operand {
  readonly pace: 0 | 1
  readonly written: (values: Values) => Values
}

const itself = (values: Values): Values => values
const none = Float32Array.of(Number.NaN)
const still: Operand = { pace: 0, written: itself }

const operandOf = (shape: Shape, full: Shape): Operand => {
  const size = sizeOf(full)
  if (sizeOf(shape) === size) return { pace: 1, written: itself }
  if (sizeOf(shape) === 1) return still
  const places = placesIn(shape, full)
  return {
    pace: 1,
    written: (values) => {
      const y = new (values.constructor as Float32ArrayConstructor)(size)
      for (let i = 0; i < size; i++) y[i] = values[places[i] as number] as number
      return y
    }
  }
}

/** The places in an operand that are read for the numbers of a result to whose shape it is broadcast. */
export const placesIn = (shape: Shape, full: Shape): Int32Array =>
  Int32Array.from({ length: sizeOf(full) }, (_, i) => placeIn(shape, full, i))

/** The place in an operand that is read for the i-th number of the result. */
const placeIn = (shape: Shape, full: Shape, i: number): number => {
  let [place, stride, rest] = [0, 1, i]
  for (let axis = full.length - 1; axis >= 0; axis--) {
    const n = full[axis] as number
    const own = shape[axis - full.length + shape.length] ?? 1
    if (own > 1) place += (rest % n) * stride
    stride *= own
    rest = Math.floor(rest / n)
  }
  return place
}

/** Whether a sum is over the last axes, one or several, in whose order tfjs adds. */
const sumsLastAxes = ({ attrs, dtype }: Node, [x]: ReadonlyArray<Node>): boolean => {
  const rank = x?.shape.length ?? 0
  const axes = [attrs["axis"]].flat().map((axis) => (Number(axis) < 0 ? Number(axis) + rank : Number(axis)))
  return dtype === "float32" && axes.length > 0 && axes.every((axis) => axis >= rank - axes.length)
}

const sum = ({ shape }: Node): Step => {
  const size = sizeOf(shape)
  return ([x = none], into) => {
    const y = into()
    const many = size === 0 ? 0 : x.length / size
    for (let i = 0, from = 0; i < size; i++) {
      let total = 0
      for (const end = from + many; from < end; from++) total += x[from] as number
      y[i] = total
    }
    return y
  }
}

const byTfjs =
  (node: Node, infos: ReadonlyArray<Node>): Step =>
  (inputs) =>
    tf.tidy(() => {
      const given = infos.map(({ shape, dtype }, i) => tf.tensor(inputs[i] as Values, [...shape], dtype))
      return arrayOf[node.dtype].from(runNode(node, given).dataSync())
    })
