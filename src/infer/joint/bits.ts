/** A set of numbered things, such as latent sites or axes, as the bits of one number. */
export type Bits = bigint

export const bit = (place: number): Bits => 1n << BigInt(place)

export const has = (bits: Bits | undefined, place: number): boolean => (((bits ?? 0n) >> BigInt(place)) & 1n) === 1n

/** The places of a list at which something holds. */
export const bitsWhere = <A>(list: ReadonlyArray<A>, holds: (each: A, place: number) => boolean): Bits =>
  list.reduce((all, each, place) => (holds(each, place) ? all | bit(place) : all), 0n)

/** All that some nodes depend on. */
export const union = (of: ReadonlyArray<Bits>, nodes: Iterable<number>): Bits => {
  let all = 0n
  for (const id of nodes) all |= of[id] ?? 0n
  return all
}
