import { contains, isSupport } from "../../dist/Support.ts"
import type { Block, Field } from "./gather.ts"

/** Fills the holes of the blocks of one pass, one after the other. */
export type Fill = (block: Block) => Block

/**
 * Numbers that are missing came as NaN. A hole gets the first number of its field that the pass has seen, or that this block has, so that it lies in the support of whatever likelihood takes the field; and the field that says what is
 * there gets 0. Where nothing has been seen yet, a hole gets a number of the field's own support.
 */
export const fillsOf = (fields: ReadonlyArray<Field>): Fill => {
  const withHoles = fields.flatMap(({ name, support, seen }) => (seen === undefined ? [] : [{ name, support, seen }]))
  const fillers = new Map<string, number>()
  return (block) => {
    if (withHoles.length === 0) return block
    const filled = withHoles.flatMap(({ name, support, seen }) => {
      const given = block.values[name] ?? new Float32Array()
      const known = fillers.get(name) ?? given.find((x) => !Number.isNaN(x))
      if (known !== undefined) fillers.set(name, known)
      const filler = known ?? inside(support)
      return [
        [name, given.map((x) => (Number.isNaN(x) ? filler : x))] as const,
        [seen, given.map((x) => (Number.isNaN(x) ? 0 : 1))] as const
      ]
    })
    return { ...block, values: { ...block.values, ...Object.fromEntries(filled) } }
  }
}

/** A number of a support. */
const inside = (support: string): number => [0.5, 1, 0].find((x) => !isSupport(support) || contains[support](x)) ?? 0.5
