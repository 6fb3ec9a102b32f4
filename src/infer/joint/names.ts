import type { Key } from "../../tensor/random.ts"

/**
 * The names of a graph's inputs, outputs and axes. Each begins with a prefix of its own kind, so that a site, a plate or a parameter may be called
 * anything. Outputs that become inputs of the next step have `next:` before them.
 */

/** A name as one part of a longer name: the separators in it are written in another way. */
const part = (name: string): string => name.replaceAll("%", "%25").replaceAll("/", "%2F").replaceAll("\0", "%00")

/** A trained value, or a pack of them. */
export const paramInput = (name: string): string => `param:${name}`

/** The state of an optimizer for a parameter. */
export const slotInput = (slot: string, name: string): string => `${slot}:${name}`

/** A number that an optimizer needs anew each step. */
export const scalarInput = (name: string): string => `scalar:${name}`

/** The running mean cost of a site with a score function. */
export const baselineInput = (site: string): string => `baseline:${site}`

/** A field of a plate's row, or a value that is observed outside of plates. */
export const inputName = (field: string, plate?: string): string =>
  plate === undefined ? dataPrefix + part(field) : `${dataPrefix}${part(plate)}/${part(field)}`
export const dataPrefix = "data:"

export { seenField } from "../../model/missingValue.ts"

/** The user's names in the name of such an input: of its plate, if it has one, and of the field. */
export const namesIn = (input: string): ReadonlyArray<string> =>
  input
    .slice(dataPrefix.length)
    .split("/")
    .map((name) => name.replaceAll("%2F", "/").replaceAll("%25", "%"))

/** The weight of each row of a minibatch in a sum over its plate. */
export const weightsInput = (plate: string): string => `weights:${plate}`

/** The row numbers of a minibatch. */
export const indicesInput = (plate: string): string => `indices:${plate}`

/** The same numbers as an input of the graph, for per-row parameters. */
export const rowsInput = (plate: string): string => `rows:${plate}`

/** The axis of a plate's rows. */
export const plateAxis = (plate: string): string => `plate:${plate}`

/** The axis of the values of an enumerated site. */
export const enumeratedAxis = (site: string): string => `values:${site}`

/** The axis along which one particle after the other is left out. */
export const leftOutAxis = "left out"

/** The axis of a number of other values of a site's draw, at which a loss is read. */
export const otherValuesAxis = (site: string, size: number): string => `${size} other values:${site}`

/** The axis of the particles. */
export const particleAxis = "particle"

/** The random numbers of a draw of a site that the model sums out. */
export const keyOfSummed = (site: string): Key => ({ seed: 0, site, step: 0, lane: 0, stream: "summed out" })

/** A term of the loss. */
export const termOutput = (site: string): string => `term:${site}`
export const termPrefix = "term:"

/** The part of a loss whose gradient is that of a site's score function. */
export const surrogateOutput = (site: string): string => `surrogate:${site}`

/** An entry of a record that is the record's own: names such as `constructor` are names like any other. */
export const own = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
