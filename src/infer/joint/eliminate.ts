/** A part of a product (or of a sum of logarithms) that has a value for each position of some enumerated axes. */
export interface Piece<out A> {
  /** equal for pieces that are equal */
  readonly key: string
  /** its enumerated axes, as bits */
  readonly along: bigint
  readonly value: A
}

/** Makes one value of the pieces that have an axis, with that axis summed out. */
export type Join<A> = (touched: ReadonlyArray<Piece<A>>, axis: number, along: bigint) => A

/** Sums already made, by what they were made of: a chain's sites share those of its beginning. */
export type Made<A> = Map<string, Piece<A>>

/**
 * Sums out axes one after the other: all pieces that have the axis become one without it (variable elimination; Koller and Friedman 2009, section 9.3). Along a chain
 * in its order each sum has two axes, however long it is.
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
  return { key, along: along & ~(1n << BigInt(axis)), value: join(touched, axis, along) }
}

/** The weights q of enumerated sites, by the number of their axis: one may depend on others. */
export type Weights<A> = ReadonlyMap<number, Piece<A>>

/** An axis and all those on which the weights of its sites depend. */
export const closure = <A>(along: bigint, weights: Weights<A>): bigint => {
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
 * E over the enumerated sites that a value depends on, but for those of `keep`, given which it is taken: the weights of a site come into the sum with it. The axes that the value
 * does not have go first, in the order of the program, so that values further along a chain share their sums.
 */
export const expectation = <A>(
  value: Piece<A>,
  weights: Weights<A>,
  keep: bigint,
  join: Join<A>,
  made: Made<A>
): ReadonlyArray<Piece<A>> => {
  const needed = closure(value.along, weights) & ~keep
  const axes = [...weights.keys()].filter((axis) => has(needed, axis))
  const order = [...axes.filter((axis) => !has(value.along, axis)), ...axes.filter((axis) => has(value.along, axis))]
  const factors = axes.flatMap((axis) => weights.get(axis) ?? [])
  return eliminate([...factors, value], order, join, made)
}

export const has = (along: bigint, axis: number): boolean => ((along >> BigInt(axis)) & 1n) === 1n
