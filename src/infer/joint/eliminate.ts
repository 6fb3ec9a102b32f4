import { type Bits, bit, has } from "./bits.ts"

/** A factor of a product (or a term of a sum of logarithms) with a value for each position of some enumerated axes. */
export interface Piece<out A> {
  /** a key, equal for equal pieces */
  readonly key: string
  /** its enumerated axes, as bits */
  readonly along: Bits
  readonly value: A
}

/** Combines the pieces that have an axis, and sums this axis out. */
export type Join<A> = (touched: ReadonlyArray<Piece<A>>, axis: number, along: Bits) => A

/** The sums made so far, by their pieces: the sites of a chain share the sums over its beginning. */
export type Made<A> = Map<string, Piece<A>>

/**
 * Sums out axes one after the other: all pieces with the axis are combined to one piece without it (variable elimination; Koller and Friedman 2009,
 * section 9.3). For a chain in its order each sum has two axes, for any length of the chain.
 */
export const eliminate = <A>(
  pieces: ReadonlyArray<Piece<A>>,
  order: ReadonlyArray<number>,
  join: Join<A>,
  made: Made<A> = new Map()
): ReadonlyArray<Piece<A>> =>
  order.reduce<ReadonlyArray<Piece<A>>>((before, axis) => {
    const touched = before.filter(({ along }) => has(along, axis))
    if (touched.length === 0) return before
    const key = `${axis}(${touched.map((piece) => piece.key).join(",")})`
    const piece = made.get(key) ?? joined(key, touched, axis, join)
    made.set(key, piece)
    return [...before.filter(({ along }) => !has(along, axis)), piece]
  }, pieces)

const joined = <A>(key: string, touched: ReadonlyArray<Piece<A>>, axis: number, join: Join<A>): Piece<A> => {
  const along = touched.reduce((all, piece) => all | piece.along, 0n)
  return { key, along: along & ~bit(axis), value: join(touched, axis, along) }
}

/** The weights q of enumerated sites, by the number of their axis. The weights of one site may depend on other sites. */
export type Weights<A> = ReadonlyMap<number, Piece<A>>

/** An axis, and all axes on which the weights of its sites depend. */
export const closure = <A>(along: Bits, weights: Weights<A>): Bits => {
  let [found, fresh] = [0n, along]
  while (fresh !== 0n) {
    found |= fresh
    let next = 0n
    for (const [axis, { along: behind }] of weights) if (has(fresh, axis)) next |= behind
    fresh = next & ~found
  }
  return found
}

/**
 * The conditional expectation of a value, given the sites of `keep`, over all other enumerated sites on which it depends. Each sum includes the
 * weights of its site. Axes that the value does not have are summed out first, in the order of the program, so that values later in a chain share
 * their sums.
 */
export const expectation = <A>(
  value: Piece<A>,
  weights: Weights<A>,
  keep: Bits,
  join: Join<A>,
  made: Made<A>
): ReadonlyArray<Piece<A>> => {
  const needed = closure(value.along, weights) & ~keep
  const axes = [...weights.keys()].filter((axis) => has(needed, axis))
  const order = [...axes.filter((axis) => !has(value.along, axis)), ...axes.filter((axis) => has(value.along, axis))]
  const factors = axes.flatMap((axis) => weights.get(axis) ?? [])
  return eliminate([...factors, value], order, join, made)
}
