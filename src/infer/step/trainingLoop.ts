import * as tf from "@tensorflow/tfjs"
import type { Loop } from "../../engine/Engine.ts"
import { keep, rebuild } from "../../trace/build.ts"
import { differentiate } from "../../trace/differentiate.ts"
import { type Graph, type Id, leaf, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { withMasks } from "../../trace/unitMasks.ts"
import { dropAxis, vectorise } from "../../trace/vectorise.ts"
import { verify } from "../../trace/verify.ts"
import type { Axis, Parameter } from "../joint/Joint.ts"
import {
  baselineInput,
  dataPrefix,
  indicesInput,
  paramInput,
  rowsInput,
  scalarInput,
  slotInput,
  termOutput,
  weightsInput
} from "../joint/names.ts"
import { footprintOf, mustFit } from "./footprint.ts"
import type { LossGraph } from "./lossGraph.ts"
import { type NaturalSite, naturalSites, naturalUpdate } from "./natural.ts"
import { clipByGlobalNorm, type Optimizer } from "./Optimizer.ts"
import { type Pack, packsOf } from "./packing.ts"

/** How many positions each axis has in one step, and how many rows each plate has in all. */
export interface Sizes {
  readonly plates: ReadonlyMap<string, number>
  readonly rows: ReadonlyMap<string, number>
  readonly particles: number
}

/**
 * Adds the axes that a loss speaks of: the values of enumerated sites, each plate with its minibatch, and the particles outermost.
 *
 * @throws InvalidOption where the values would not fit in memory
 */
export const addAxes = (
  graph: Graph,
  { enumerated, plates, particles }: Pick<LossGraph, "enumerated" | "plates" | "particles">,
  sizes: Sizes
): Graph => {
  const withValues = enumerated.reduce((before, axis) => vectorise(before, { ...axis, size: axis.size ?? 1 }), graph)
  const withPlates = plates.reduce(
    (before, { label, ...plate }) =>
      vectorise(before, { ...plate, size: sizes.plates.get(label) ?? 1, weights: weightsInput(label) }),
    withValues
  )
  const whole =
    sizes.particles === 1
      ? dropAxis(withPlates, particles.name)
      : vectorise(withPlates, { ...particles, size: sizes.particles })
  mustFit(footprintOf(whole), { ...sizes, batch: Math.max(1, ...sizes.plates.values()), training: false })
  return whole
}

/** The rows that each input of a plate reads. */
export const rowsOf = (plates: ReadonlyArray<Pick<Axis, "label" | "inputs">>): Loop["rows"] =>
  Object.fromEntries(
    plates.flatMap(({ label, inputs }) =>
      [...inputs]
        .filter((input) => input.startsWith(dataPrefix))
        .map((input) => [input, { table: input, indices: indicesInput(label) }])
    )
  )

/** One optimizer step as a loop that an engine can run: axes, gradients, update, simplified. */
export const trainingLoop = (
  derived: LossGraph,
  sizes: Sizes,
  optimizer: Optimizer,
  clipNorm: number | undefined
): Loop => {
  const packs = packsOf(derived.parameters.map((parameter) => sized(parameter, sizes.rows)))
  const names = packs.flatMap(({ members }) => members.map(({ name }) => name))
  const whole = addAxes(withMasks(derived.graph), derived, sizes)
  mustFit(footprintOf(whole), { ...sizes, batch: Math.max(1, ...sizes.plates.values()), training: true })
  const loss = gatherRows(whole, derived.parameters, sizes)
  const gradients =
    names.length === 0 ? loss : verify(differentiate(loss, "loss", names.map(paramInput)), "differentiate")
  const natural = optimizer.natural === undefined ? [] : naturalSites(derived, optimizer.natural.hasOthers)
  const updated = withOptimizer(gradients, packs, optimizer, { clipNorm, natural, batches: sizes.plates })
  const { loss: _surrogate, ...results } = updated.outputs
  const graph = simplify({ ...updated, outputs: results })
  const carried = [
    ...packs.flatMap(({ name }) => [paramInput(name), ...optimizer.slots.map((slot) => slotInput(slot, name))]),
    ...derived.baselines.map(({ site }) => baselineInput(site))
  ]
  return {
    graph,
    carried: Object.fromEntries(carried.map((name) => [name, `next:${name}`])),
    fixed: [],
    rows: rowsOf(derived.plates.map((plate) => ({ ...plate, inputs: present(graph, plate.inputs) }))),
    emitted: ["value", ...derived.terms.map(({ site }) => termOutput(site))]
  }
}

/** A parameter with all its rows, if it has one value for each row of a plate. */
export const sized = (parameter: Parameter, rows: ReadonlyMap<string, number>): Parameter =>
  parameter.plate === undefined
    ? parameter
    : { ...parameter, shape: [rows.get(parameter.plate) ?? 1, ...parameter.shape] }

/** Per-row parameters become tables of all rows, of which a step reads those of its minibatch. A plate that is read whole needs no row numbers. */
export const gatherRows = (graph: Graph, parameters: ReadonlyArray<Parameter>, { plates, rows }: Sizes): Graph => {
  const plateOf = new Map(
    parameters.flatMap(({ name, plate }) =>
      plate !== undefined && plates.get(plate) !== rows.get(plate) ? [[paramInput(name), plate] as const] : []
    )
  )
  if (plateOf.size === 0) return graph
  const numbers = new Map<string, Id>()
  return rebuild(graph, (node, inputs, build) => {
    const plate = node.kernel === "Input" ? plateOf.get(nameOf(node)) : undefined
    if (plate === undefined) return keep(node, inputs, build)
    const [batch = 1, ...event] = node.shape
    const table = build.push(leaf.input(nameOf(node), [rows.get(plate) ?? 1, ...event]))
    const indices = numbers.get(plate) ?? build.push(leaf.input(rowsInput(plate), [batch], "int32"))
    numbers.set(plate, indices)
    return build.add("GatherV2", [table, indices], { axis: 0, batchDims: 0 })
  })
}

/** The inputs that simplifying has left. */
export const present = (graph: Graph, inputs: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(graph.nodes.flatMap((node) => (node.kernel === "Input" && inputs.has(nameOf(node)) ? [nameOf(node)] : [])))

/** Replays the gradients and records the optimizer's update of each pack of parameters after them. */
const withOptimizer = (
  gradients: Graph,
  packs: ReadonlyArray<Pack>,
  optimizer: Optimizer,
  {
    clipNorm,
    natural,
    batches
  }: {
    readonly clipNorm: number | undefined
    readonly natural: ReadonlyArray<NaturalSite>
    readonly batches: ReadonlyMap<string, number>
  }
): Graph =>
  record((recorder) => {
    const inputs = new Map<string, tf.Tensor>()
    const input = (name: string, shape: ReadonlyArray<number>): tf.Tensor => {
      const known = inputs.get(name) ?? recorder.input(name, shape)
      inputs.set(name, known)
      return known
    }
    for (const pack of packs) for (const [name, member] of membersOf(pack, input)) inputs.set(name, member)
    const values = recordAgain(recorder, gradients, inputs)
    const output = (name: string): tf.Tensor | undefined => values(gradients.outputs[name] ?? -1)
    const raw = packs.map((pack) => gradientOf(pack, output))
    const grads = clipNorm === undefined ? raw : clipByGlobalNorm(raw, clipNorm)
    const scalarOf = (scalar: string): tf.Tensor => input(scalarInput(scalar), [])
    // all rows of a batch have one weight, and those that fill a partial one have none
    const weightOf = (plate: string): tf.Tensor => tf.max(input(weightsInput(plate), [batches.get(plate) ?? 1]))
    const naturally = naturalIn(packs, grads, inputs, natural, optimizer, { scalarOf, weightOf })
    const updated = packs.flatMap((pack, i) => {
      const { name, shape } = pack
      const gradient = grads[i] ?? tf.scalar(0)
      const slots = optimizer.slots.map((slot) => input(slotInput(slot, name), shape))
      const next = optimizer.update(input(paramInput(name), shape), gradient, slots, scalarOf)
      return [
        [`next:${paramInput(name)}`, withMembers(pack, next.parameter, naturally)] as const,
        ...optimizer.slots.map((slot, j) => [`next:${slotInput(slot, name)}`, next.slots[j] ?? gradient] as const)
      ]
    })
    const kept = Object.keys(gradients.outputs).filter((name) => !name.startsWith("grad:"))
    const results = kept.flatMap((name) => {
      const value = output(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    return { ...Object.fromEntries(results), ...Object.fromEntries(updated) }
  })

/** The next values of the parameters that take natural gradient steps, by name. */
const naturalIn = (
  packs: ReadonlyArray<Pack>,
  grads: ReadonlyArray<tf.Tensor>,
  inputs: ReadonlyMap<string, tf.Tensor>,
  sites: ReadonlyArray<NaturalSite>,
  { natural }: Optimizer,
  {
    scalarOf,
    weightOf
  }: { readonly scalarOf: (name: string) => tf.Tensor; readonly weightOf: (plate: string) => tf.Tensor }
): ReadonlyMap<string, tf.Tensor> => {
  if (natural === undefined) return new Map()
  const gradients = new Map(packs.flatMap((pack, i) => cut(pack, grads[i] ?? tf.scalar(0))))
  const at = (values: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor => values.get(name) ?? tf.scalar(0)
  return new Map(
    sites.flatMap((site) =>
      naturalUpdate(
        site,
        (name) => at(inputs, paramInput(name)),
        (name) => at(gradients, name),
        scalarOf(natural.rate),
        site.plate === undefined ? undefined : weightOf(site.plate)
      )
    )
  )
}

/** A pack of which some members are replaced. */
const withMembers = (pack: Pack, packed: tf.Tensor, replaced: ReadonlyMap<string, tf.Tensor>): tf.Tensor => {
  if (!pack.members.some(({ name }) => replaced.has(name))) return packed
  const parts = cut(pack, packed).map(([name, part]) => replaced.get(name) ?? part)
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : tf.concat(parts.map((part) => tf.reshape(part, [-1])))
}

/** The parameters of a pack as the loss reads them: cut out of the flat vector. */
const membersOf = (
  pack: Pack,
  input: (name: string, shape: ReadonlyArray<number>) => tf.Tensor
): ReadonlyArray<readonly [string, tf.Tensor]> => {
  return cut(pack, input(paramInput(pack.name), pack.shape)).map(([name, member]) => [paramInput(name), member])
}

/** The members of a pack, each of its own shape. */
const cut = ({ members }: Pack, packed: tf.Tensor): ReadonlyArray<readonly [string, tf.Tensor]> => {
  const [first] = members
  if (members.length === 1 && first !== undefined) return [[first.name, packed]]
  return members.map(({ name, offset, size, shape }) => [
    name,
    tf.reshape(tf.slice(packed, [offset], [size]), [...shape])
  ])
}

/** A parameter that the loss does not read has the gradient 0. */
const gradientOf = ({ members }: Pack, output: (name: string) => tf.Tensor | undefined): tf.Tensor => {
  const parts = members.map(({ name, shape }) => output(`grad:${paramInput(name)}`) ?? tf.zeros([...shape]))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : tf.concat(parts.map((part) => tf.reshape(part, [-1])))
}
