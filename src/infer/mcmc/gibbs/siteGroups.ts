import { InvalidOption } from "../../../Errors.ts"
import { has, union } from "../../joint/bits.ts"
import { type EnumeratedSite, enumeratedAxes, enumeratedSites, type Joint, platesOf } from "../../joint/Joint.ts"
import { valuesAcross } from "../../joint/reach.ts"

/** Sites that are drawn together: one, or those of a block. */
export type Group = readonly [first: EnumeratedSite, ...others: ReadonlyArray<EnumeratedSite>]

/** How many combinations of values a block may have: each is one position of an axis along which the densities of the block are computed. */
const mostValues = 256

/**
 * The sites of a sweep in the order of the program, those of a block where its first one stands.
 *
 * @throws InvalidOption for a block of sites that are not enumerated, stand in other blocks or plates, or have too many values together
 */
export const groupsOf = (joint: Joint, blocks: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<Group> => {
  const sites = enumeratedSites(joint)
  const blockOf = new Map<string, ReadonlyArray<string>>()
  for (const block of blocks) {
    for (const name of block) {
      if (!sites.some((site) => site.name === name))
        throw wrong(name, `names of sites that are marked by enumerate: ${sites.map((site) => site.name).join(", ")}`)
      if (blockOf.has(name)) throw wrong(name, "each site once, in one block")
      blockOf.set(name, block)
    }
    mustBeDrawnAtOnce(
      joint,
      sites.filter(({ name }) => block.includes(name))
    )
  }
  const taken = new Set<string>()
  return sites.flatMap((first): ReadonlyArray<Group> => {
    if (taken.has(first.name)) return []
    const block = blockOf.get(first.name) ?? [first.name]
    for (const name of block) taken.add(name)
    return [[first, ...sites.filter((site) => site !== first && block.includes(site.name))]]
  })
}

/** A plate whose rows are drawn one after the other. */
export interface ReadTogether {
  readonly label: string
  readonly size: number
}

/** The plate of a group whose sites a density reads in several rows together, as in a plate that is collected. */
export const plateReadTogether = (joint: Joint, group: Group): ReadTogether | undefined => {
  const together = union(
    valuesAcross(joint),
    joint.factors.map(({ node }) => node)
  )
  const axes = enumeratedAxes(joint)
  const isRead = group.some(({ axis }) =>
    has(
      together,
      axes.findIndex(({ name }) => name === axis)
    )
  )
  if (!isRead) return undefined
  const plate = platesOf(joint).find(({ label }) => group[0].plates.includes(label))
  if (plate?.size === undefined)
    throw new RangeError(`the rows of '${group[0].name}' are read together, and nothing says how many there are`)
  return { label: plate.label, size: plate.size }
}

/** All of these plates, each once. */
export const rowsReadTogether = (joint: Joint, groups: ReadonlyArray<Group>): ReadonlyArray<ReadTogether> => {
  const plates = groups.flatMap((group) => plateReadTogether(joint, group) ?? [])
  return [...new Map(plates.map((plate) => [plate.label, plate])).values()]
}

/** Rows of a plate are drawn at once, so that a block stands in one plate, or outside of plates. */
const mustBeDrawnAtOnce = (joint: Joint, block: ReadonlyArray<EnumeratedSite>): void => {
  const shown = block.map(({ name }) => name).join(", ")
  const plates = new Set(block.map((site) => site.plates.join(", ")))
  if (plates.size > 1) throw wrong(shown, "blocks of sites in the same plate, or of sites outside of plates")
  const sizes = new Map(enumeratedAxes(joint).map(({ name, size = 1 }) => [name, size]))
  const values = block.reduce((product, { axis }) => product * (sizes.get(axis) ?? 1), 1)
  if (values > mostValues)
    throw wrong(shown, `blocks of at most ${mostValues} combinations of values: these sites have ${values}`)
}

const wrong = (value: string, expected: string): InvalidOption =>
  new InvalidOption({ option: "blocks", value, expected })
