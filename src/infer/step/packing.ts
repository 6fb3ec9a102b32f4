import { sizeOf } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../../trace/build.ts"
import { type Graph, type Id, leaf, nameOf } from "../../trace/Graph.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own, paramInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"

/** Parameters that are updated together: a single large one, or all small ones as one flat vector. */
export interface Pack {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly members: ReadonlyArray<Parameter & { readonly offset: number; readonly size: number }>
}

/** For a parameter of fewer numbers, the calls of a separate update cost more than its arithmetic. */
const small = 32_768

export const packsOf = (parameters: ReadonlyArray<Parameter>): ReadonlyArray<Pack> => {
  const sized = parameters.map((parameter) => ({ ...parameter, size: sizeOf(parameter.shape), offset: 0 }))
  const alone = (member: (typeof sized)[number]): Pack => ({
    name: member.name,
    shape: member.shape,
    members: [member]
  })
  const few = sized.filter(({ size }) => size < small)
  if (few.length < 2) return sized.map(alone)
  let total = 0
  const members = few.map((member) => {
    const offset = total
    total += member.size
    return { ...member, offset }
  })
  return [...sized.filter(({ size }) => size >= small).map(alone), { name: packName(members), shape: [total], members }]
}

/** The contents of a pack as text, in order: `packed(w.loc[3], w.scale[3])`. */
const packName = (members: ReadonlyArray<Parameter>): string =>
  `packed(${members.map(({ name, shape }) => `${name}[${shape.join()}]`).join(", ")})`

/** The numbers of a pack from those of its parameters. */
export const pack = ({ shape, members }: Pack, parameters: Parameters): Float32Array => {
  const packed = new Float32Array(sizeOf(shape))
  for (const { name, offset } of members) packed.set(own(parameters, name) ?? [], offset)
  return packed
}

/** The numbers of each parameter of a pack. */
export const unpack = ({ members }: Pack, packed: Float32Array): Parameters =>
  Object.fromEntries(members.map(({ name, offset, size }) => [name, packed.slice(offset, offset + size)]))

/** A graph that reads its parameters from their packs. */
export const readFromPacks = (graph: Graph, packs: ReadonlyArray<Pack>): Graph => {
  const places = new Map(
    packs.flatMap((pack) =>
      pack.members.length === 1
        ? []
        : pack.members.map((member) => [paramInput(member.name), { pack, member }] as const)
    )
  )
  const inputs = new Map<Pack, Id>()
  return rebuild(graph, (node, ids, build) => {
    const place = node.kernel === "Input" ? places.get(nameOf(node)) : undefined
    if (place === undefined) return keep(node, ids, build)
    const { pack, member } = place
    const input = inputs.get(pack) ?? build.push(leaf.input(paramInput(pack.name), pack.shape))
    inputs.set(pack, input)
    const part = build.add("Slice", [input], { begin: [member.offset], size: [member.size] })
    return build.add("Reshape", [part], { shape: member.shape })
  })
}
