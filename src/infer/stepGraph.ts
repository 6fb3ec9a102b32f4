import * as tf from "@tensorflow/tfjs"
import type { Loop } from "../engine/Engine.ts"
import { differentiate, recordLeaves, replay } from "../trace/differentiate.ts"
import { type Graph, nameOf } from "../trace/Graph.ts"
import { simplify } from "../trace/passes/index.ts"
import { record } from "../trace/record.ts"
import { dropAxis, vectorise } from "../trace/vectorise.ts"
import { verify } from "../trace/verify.ts"
import type { Along, Derived } from "./derive.ts"
import { indicesInput, paramInput, scalarInput, slotInput, weightsInput } from "./names.ts"
import { clipByGlobalNorm, type Optimizer } from "./Optimizer.ts"
import { type Pack, packsOf } from "./packing.ts"

/** How many positions each axis has in one step. */
export interface Sizes {
  readonly plates: Readonly<Record<string, number>>
  readonly particles: number
}

/** Adds the axes that a derived graph speaks of: each plate with its minibatch, and the particles outermost. */
export const addAxes = (graph: Graph, plates: ReadonlyArray<Along>, particle: Along, sizes: Sizes): Graph => {
  const withPlates = plates.reduce(
    (before, plate) =>
      vectorise(before, { ...plate, size: sizes.plates[plate.name] ?? 1, weights: weightsInput(plate.name) }),
    graph
  )
  return sizes.particles === 1
    ? dropAxis(withPlates, particle.name)
    : vectorise(withPlates, { ...particle, size: sizes.particles })
}

/** The rows that each input of a plate reads. */
export const rowsOf = (plates: ReadonlyArray<Along>): Loop["rows"] =>
  Object.fromEntries(
    plates.flatMap(({ name, inputs }) =>
      [...inputs].map((input) => [input, { table: input, indices: indicesInput(name) }])
    )
  )

/** One optimizer step as a loop that an engine can run: axes, gradients, update, simplified. */
export const trainingLoop = (
  derived: Derived,
  sizes: Sizes,
  optimizer: Optimizer,
  clipNorm: number | undefined
): Loop => {
  const loss = addAxes(derived.graph, derived.plates, derived.particle, sizes)
  const names = derived.parameters.map(({ name }) => name)
  const packs = packsOf(derived.parameters)
  const gradients =
    names.length === 0 ? loss : verify(differentiate(loss, "loss", names.map(paramInput)), "differentiate")
  const updated = withOptimizer(gradients, packs, optimizer, clipNorm)
  const { loss: _surrogate, ...outputs } = updated.outputs
  const graph = simplify({ ...updated, outputs })
  const carried = [
    ...packs.flatMap(({ name }) => [paramInput(name), ...optimizer.slots.map((slot) => slotInput(slot, name))]),
    ...derived.baselines.map((site) => `baseline:${site}`)
  ]
  return {
    graph,
    carried: Object.fromEntries(carried.map((name) => [name, `next:${name}`])),
    fixed: [],
    rows: rowsOf(derived.plates.map((plate) => ({ ...plate, inputs: present(graph, plate.inputs) }))),
    emitted: ["value", ...derived.terms.map(({ site }) => `term:${site}`)]
  }
}

/** The inputs that simplifying has left. */
export const present = (graph: Graph, inputs: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(graph.nodes.flatMap((node) => (node.kernel === "Input" && inputs.has(nameOf(node)) ? [nameOf(node)] : [])))

/** Replays the gradients and records the optimizer's update of each pack of parameters after them. */
const withOptimizer = (
  gradients: Graph,
  packs: ReadonlyArray<Pack>,
  optimizer: Optimizer,
  clipNorm: number | undefined
): Graph =>
  record((recorder) => {
    const inputs = new Map<string, tf.Tensor>()
    const input = (name: string, shape: ReadonlyArray<number>): tf.Tensor => {
      const known = inputs.get(name) ?? recorder.input(name, shape)
      inputs.set(name, known)
      return known
    }
    for (const pack of packs) for (const [name, member] of membersOf(pack, input)) inputs.set(name, member)
    const values = replay(gradients, recordLeaves(recorder, inputs))
    const output = (name: string): tf.Tensor => {
      const value = values[gradients.outputs[name] ?? -1]
      if (value === undefined) throw new RangeError(`the graph has no output '${name}'`)
      return value
    }
    const raw = packs.map((pack) => gradientOf(pack, output))
    const grads = clipNorm === undefined ? raw : clipByGlobalNorm(raw, clipNorm)
    const updated = packs.flatMap(({ name, shape }, i) => {
      const gradient = grads[i] ?? tf.scalar(0)
      const slots = optimizer.slots.map((slot) => input(slotInput(slot, name), shape))
      const next = optimizer.update(input(paramInput(name), shape), gradient, slots, (scalar) =>
        input(scalarInput(scalar), [])
      )
      return [
        [`next:${paramInput(name)}`, next.parameter] as const,
        ...optimizer.slots.map((slot, j) => [`next:${slotInput(slot, name)}`, next.slots[j] ?? gradient] as const)
      ]
    })
    const kept = Object.keys(gradients.outputs).filter((name) => !name.startsWith("grad:"))
    return { ...Object.fromEntries(kept.map((name) => [name, output(name)])), ...Object.fromEntries(updated) }
  })

/** The parameters of a pack as the loss reads them: cut out of the flat vector. */
const membersOf = (
  { name, shape, members }: Pack,
  input: (name: string, shape: ReadonlyArray<number>) => tf.Tensor
): ReadonlyArray<readonly [string, tf.Tensor]> => {
  const packed = input(paramInput(name), shape)
  if (members.length === 1) return [[paramInput(name), packed]]
  return members.map((member) => [
    paramInput(member.name),
    tf.reshape(tf.slice(packed, [member.offset], [member.size]), [...member.shape])
  ])
}

const gradientOf = ({ members }: Pack, output: (name: string) => tf.Tensor): tf.Tensor => {
  const parts = members.map(({ name }) => output(`grad:${paramInput(name)}`))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : tf.concat(parts.map((part) => tf.reshape(part, [-1])))
}
