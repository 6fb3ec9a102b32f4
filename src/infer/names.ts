/** The names of a training graph's inputs; outputs that become inputs of the next step have `next:` before them. */

/** A trained value, or a pack of them. */
export const paramInput = (name: string): string => `param:${name}`

/** What an optimizer carries beside a parameter. */
export const slotInput = (slot: string, name: string): string => `${slot}:${name}`

/** A number that an optimizer needs anew each step. */
export const scalarInput = (name: string): string => `scalar:${name}`

/** A field of a plate's row, or a value that is observed outside of plates. */
export const inputName = (field: string, plate?: string): string =>
  plate === undefined ? `data:${field}` : `data:${plate}/${field}`

/** What each row of a minibatch weighs in a sum over its plate. */
export const weightsInput = (plate: string): string => `weights:${plate}`

/** Which rows of a plate a minibatch has. */
export const indicesInput = (plate: string): string => `indices:${plate}`
