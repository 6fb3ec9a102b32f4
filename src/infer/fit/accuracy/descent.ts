/**
 * The course of step sizes and averages of a fit to an accuracy, after RAABBVI (Welandawe, Andersen, Vehtari and Huggins 2022), as a pure state: it is told the mean of the iterates of each block of steps.
 *
 * A phase has one step size. It ends when the averages of its third and fourth quarter are the same within the accuracy, or differ by no more than a block differs from the next one: then iterates have come to
 * rest about some place, as far as their noise shows, and the average of the second half estimates it. That place is off by an amount that shrinks with the step size, so that the next phase has half of it, and blocks of twice the length, so that it can move as far. The descent ends when the
 * averages of two phases are the same: halving a step size once more would move the average by less than the last time.
 */
export interface Descent<P> {
  /** of the phase under way, from 0 */
  readonly phase: number
  /** means of blocks of equal length in this phase, oldest first */
  readonly blocks: ReadonlyArray<P>
  /** steps of each of these blocks, as a multiple of the first block of a fit */
  readonly length: number
  /** base blocks that the last of them still lacks, with the mean so far */
  readonly part: { readonly mean: P; readonly count: number } | undefined
  /** the average of the phase before */
  readonly before: P | undefined
  /** the best average so far */
  readonly average: P | undefined
  /** the distance at the end of the last phase */
  readonly moved: number
  readonly isOver: boolean
}

export const begun = <P>(): Descent<P> => ({
  ...{ phase: 0, blocks: [], length: 1, part: undefined, before: undefined, average: undefined },
  ...{ moved: Number.POSITIVE_INFINITY, isOver: false }
})

/** The weighted mean of points. */
export interface Space<P> {
  readonly mean: (points: ReadonlyArray<P>, weights: ReadonlyArray<number>) => P
}

/** A computation that asks how far apart two points are, in standard deviations of the guide. */
export type Measuring<P, A> = Generator<readonly [P, P], A, number>

/** At so many blocks a phase is looked at; at the last number blocks are joined in pairs. */
const looks = [8, 12, 16]

const averageOf = <P>(points: ReadonlyArray<P>, { mean }: Space<P>): P =>
  mean(
    points,
    points.map(() => 1 / points.length)
  )

/** After one more base block, whose iterates have a mean. */
export function* after<P>(descent: Descent<P>, block: P, accuracy: number, space: Space<P>): Measuring<P, Descent<P>> {
  const { part, length } = descent
  const count = (part?.count ?? 0) + 1
  const mean = part === undefined ? block : space.mean([part.mean, block], [part.count / count, 1 / count])
  if (count < length) return { ...descent, part: { mean, count } }
  const blocks = [...descent.blocks, mean]
  const next: Descent<P> = { ...descent, blocks, part: undefined }
  if (!looks.includes(blocks.length)) return next
  const quarter = blocks.length / 4
  const average = averageOf(blocks.slice(2 * quarter), space)
  const drift = yield [
    averageOf(blocks.slice(2 * quarter, 3 * quarter), space),
    averageOf(blocks.slice(3 * quarter), space)
  ]
  if (!(drift <= accuracy) && !(drift <= (yield* noiseOf(blocks.slice(2 * quarter)))))
    return joined({ ...next, average }, space)
  // the average of two halves that differ by the drift has half of it as its standard error
  const moved = descent.before === undefined ? Number.POSITIVE_INFINITY : (yield [descent.before, average]) + drift / 2
  if (moved <= accuracy) return { ...next, average, moved, isOver: true }
  return {
    ...begun<P>(),
    ...{ phase: descent.phase + 1, length: 2 ** (descent.phase + 1), before: average, average, moved }
  }
}

/** How far a block is from the next one, on average: less than a drift over two blocks or more, unless there is noise. */
function* noiseOf<P>(blocks: ReadonlyArray<P>): Measuring<P, number> {
  let sum = 0
  for (const [i, block] of blocks.slice(1).entries()) sum += yield [blocks[i] ?? block, block]
  return sum / (blocks.length - 1)
}

/** A phase that goes on: sixteen blocks become eight of twice the length. */
const joined = <P>(descent: Descent<P>, space: Space<P>): Descent<P> => {
  const { blocks, length } = descent
  if (blocks.length < (looks.at(-1) ?? 0)) return descent
  const pairs = Array.from({ length: blocks.length / 2 }, (_, i) => averageOf(blocks.slice(2 * i, 2 * i + 2), space))
  return { ...descent, blocks: pairs, length: 2 * length }
}
