import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
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
  return [...sized.filter(({ size }) => size >= small).map(alone), { name: nameOf(members), shape: [total], members }]
}

/** The contents of a pack as text, in order: `packed(w.loc[3], w.scale[3])`. */
const nameOf = (members: ReadonlyArray<Parameter>): string =>
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
