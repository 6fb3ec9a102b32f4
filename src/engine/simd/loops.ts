import {
  bitsOf,
  type Code,
  call,
  counted,
  get,
  join,
  one,
  oneOfTwo,
  ranging,
  set,
  sumOf,
  v,
  whole,
  wholeAt
} from "./code.ts"

/** The variables of the function that is run: whole numbers, and four numbers each. */
const [i, j, k, from, to, at] = [0, 1, 2, 3, 4, 5]
const fours = [6, 7, 8, 9, 10, 11, 12, 13] as const

/** Those of a loop over numbers, over rows, and over the numbers of a row; then the first one that loops over products and sums do not use. */
export const [index, row, counter, firstScratch] = [i, j, k, 14]

/** All variables up to one, for the head of the function. */
export const variablesTo = (end: number) => [[6, "whole"] as const, [end - 6, "four"] as const] as const

/** Bytes of a number, and of four. */
const [single, quad] = [4, 16]
const zero = whole(0)

/** A value as an operand of an elementwise loop: number by number, or one for all. */
export interface Operand {
  readonly address: number
  readonly isOne: boolean
}

/** Numbers of one value each after the other: their sum, greatest, least or product. */
export interface Fold {
  readonly four: (a: Code, b: Code) => Code
  readonly one: (a: Code, b: Code) => Code
  readonly first: number
}

export const folds: Readonly<Record<string, Fold>> = {
  Sum: { four: v.add, one: oneOfTwo(0x92), first: 0 },
  Prod: { four: v.mul, one: oneOfTwo(0x94), first: 1 },
  Max: { four: v.max, one: oneOfTwo(0x97), first: Number.NEGATIVE_INFINITY },
  Min: { four: v.min, one: oneOfTwo(0x96), first: Number.POSITIVE_INFINITY }
}

/** Computes numbers one by one, by an imported function. */
export const oneByOne = (y: number, size: number, operands: ReadonlyArray<Operand>, imported: number): Code => {
  const read = (n: number): Code => {
    const { address, isOne } = operands[n] ?? { address: 0, isOne: true }
    return one.double(one.load(isOne ? zero : get(i), address))
  }
  const value = one.rounded(call(imported, read(0), read(1), read(2)))
  return counted(i, size * single, single, one.store(get(i), y, value))
}

/** Moves numbers by a table of their new and their old addresses; with `adds` they are added to those that are there. */
export const moved = (table: number, count: number, adds: boolean): Code => {
  const value = one.load(get(from), 0)
  return counted(
    i,
    count * 2 * single,
    2 * single,
    join(
      set(to, wholeAt(get(i), table)),
      set(from, wholeAt(get(i), table + single)),
      one.store(get(to), 0, adds ? (folds["Sum"]?.one(one.load(get(to), 0), value) ?? value) : value)
    )
  )
}

/** The four numbers of a variable as one. */
const joined = ({ one: fold }: Fold, variable: number): Code => {
  const lane = (n: number): Code => v.lane(get(variable), n)
  return fold(fold(lane(0), lane(1)), fold(lane(2), lane(3)))
}

/** Makes one number of each row of `width`. */
export const folded = (y: number, rows: number, x: number, width: number, fold: Fold): Code => {
  const [sum = 0] = fours
  const whole4 = width - (width % 4)
  const inFours = counted(k, whole4 * single, quad, set(sum, fold.four(get(sum), v.load(sumOf(get(j), get(k)), x))))
  const rest = Array.from({ length: width % 4 }, (_, n) => one.load(get(j), x + (whole4 + n) * single))
  const all = whole4 === 0 ? rest : [joined(fold, sum), ...rest]
  const value = all.length === 0 ? one.constant(fold.first) : all.reduce(fold.one)
  const row = join(
    whole4 === 0 ? [] : join(set(sum, v.constant(fold.first)), inFours),
    one.store(get(i), y, value),
    set(j, sumOf(get(j), whole(width * single)))
  )
  return join(set(j, zero), counted(i, rows * single, single, row))
}

/** A product of an m × k matrix by another one, whose rows or columns stand one after the other. */
export interface Product {
  readonly y: number
  readonly a: number
  readonly b: number
  readonly m: number
  readonly k: number
  readonly n: number
}

/** Rows of the first matrix that read a part of the second one together. */
const together = 4

/** By rows of b `[k, n]`, where n is a multiple of four: y[i, j…] = Σₖ a[i, k] b[k, j…]. */
export const productByRows = (product: Product): Code => {
  const { y, a, b, k: depth, n } = product
  const sums = fours.slice(0, together)
  const term = fours[4] ?? 0
  return inBlocks(product, n, (rows) => {
    const block = sums.slice(0, rows)
    const clear = block.map((sum) => set(sum, v.constant(0)))
    // k counts the numbers of a row of a, `at` the bytes of the rows of b
    const step = join(
      set(term, v.load(sumOf(get(j), get(at)), b)),
      ...block.map((sum, r) =>
        set(sum, v.add(get(sum), v.mul(v.repeated(sumOf(get(from), get(k)), a + r * depth * single), get(term))))
      ),
      set(at, sumOf(get(at), whole(n * single)))
    )
    const store = block.map((sum, r) => v.store(sumOf(get(to), get(j)), y + r * n * single, get(sum)))
    const inner = join(...clear, set(at, zero), counted(k, depth * single, single, step), ...store)
    return counted(j, n * single, quad, inner)
  })
}

/** By columns of b, given as rows `[n, k]`: y[i, j] = Σₖ a[i, k] b[j, k]. */
export const productByColumns = (product: Product): Code => {
  const { y, a, b, k: depth, n } = product
  const sums = fours.slice(0, together)
  const term = fours[4] ?? 0
  const whole4 = depth - (depth % 4)
  const add = folds["Sum"]?.one ?? oneOfTwo(0x92)
  return inBlocks(product, n, (rows) => {
    const block = sums.slice(0, rows)
    const clear = block.map((sum) => set(sum, v.constant(0)))
    const step = join(
      set(term, v.load(sumOf(get(at), get(k)), b)),
      ...block.map((sum, r) =>
        set(sum, v.add(get(sum), v.mul(v.load(sumOf(get(from), get(k)), a + r * depth * single), get(term))))
      )
    )
    const store = block.map((sum, r) => {
      const rest = Array.from({ length: depth % 4 }, (_, t) => {
        const offset = (whole4 + t) * single
        return oneOfTwo(0x94)(one.load(get(from), a + r * depth * single + offset), one.load(get(at), b + offset))
      })
      const all = whole4 === 0 ? rest : [joined(folds["Sum"] as Fold, sum), ...rest]
      return one.store(sumOf(get(to), get(j)), y + r * n * single, all.reduce(add))
    })
    const inFours = whole4 === 0 ? [] : join(...clear, counted(k, whole4 * single, quad, step))
    const inner = join(inFours, ...store, set(at, sumOf(get(at), whole(depth * single))))
    return join(set(at, zero), counted(j, n * single, single, inner))
  })
}

/** Runs a body for each four rows of a and y, and for those that are left: `from` and `to` are the bytes of the rows before. */
const inBlocks = ({ m, k: depth }: Product, n: number, body: (rows: number) => Code): Code => {
  const blocks = Math.floor(m / together)
  const next = (rows: number): Code =>
    join(set(from, sumOf(get(from), whole(rows * depth * single))), set(to, sumOf(get(to), whole(rows * n * single))))
  return join(
    set(from, zero),
    set(to, zero),
    blocks === 0 ? [] : counted(i, blocks, 1, join(body(together), next(together))),
    m % together === 0 ? [] : body(m % together)
  )
}

/** A triangle `[n, n]` and right sides, each with a scratch of its own. */
export interface Solve {
  /** rows of the triangle in the order in which unknowns are found, each of `stride` numbers, without the diagonal and what is not read */
  readonly triangle: number
  /** the reciprocals of the diagonal, in the same order */
  readonly pivots: number
  readonly stride: number
  readonly n: number
  readonly isUpwards: boolean
  readonly sides: ReadonlyArray<{ readonly right: number; readonly y: number }>
}

/** Solves T x = b for up to four right sides at once by substitution: xᵢ = (bᵢ − Σⱼ Tᵢⱼ xⱼ)/Tᵢᵢ, in which unknowns that are not found yet are 0. */
export const substituted = ({ triangle, pivots, stride, n, isUpwards, sides }: Solve): Code => {
  const sums = fours.slice(0, sides.length)
  const term = fours[4] ?? 0
  const [minus, times] = [oneOfTwo(0x93), oneOfTwo(0x94)]
  const step = join(
    set(term, v.load(sumOf(get(from), get(k)), triangle)),
    ...sides.map(({ y }, r) => set(sums[r] ?? 0, v.add(get(sums[r] ?? 0), v.mul(v.load(get(k), y), get(term)))))
  )
  const found = sides.map(({ right, y }, r) => {
    const rest = minus(one.load(get(at), right), joined(folds["Sum"] as Fold, sums[r] ?? 0))
    return one.store(get(at), y, times(rest, one.load(get(i), pivots)))
  })
  const row = join(
    ...sums.map((sum) => set(sum, v.constant(0))),
    // the fours that hold unknowns which are found: those before the next one, or after it
    isUpwards
      ? ranging(k, bitsOf(get(at), -quad), whole(stride * single), quad, step)
      : ranging(k, zero, get(at), quad, step),
    ...found,
    set(from, sumOf(get(from), whole(stride * single))),
    set(at, sumOf(get(at), whole(isUpwards ? -single : single)))
  )
  const begin = [set(from, zero), set(at, whole(isUpwards ? (n - 1) * single : 0))]
  return join(...begin, counted(i, n * single, single, row))
}
