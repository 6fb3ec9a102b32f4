import { anything, type Interval, includes } from "../../tensor/Interval.ts"
import type { ContinuityRule } from "./KernelRow.ts"

export const smooth: ContinuityRule = () => "smooth"
export const kinked: ContinuityRule = () => "kinked"
/** Jumps, unless the ranges show that the value is constant: see `continuityOf`. */
export const jumps: ContinuityRule = () => "jumps"

/** May jump if one of the inputs changes and may equal `at`; otherwise smooth. Only the inputs at the given positions count, by default the first. */
export const pole =
  (at: number | ReadonlyArray<number>, places: ReadonlyArray<number> = [0]): ContinuityRule =>
  (inputs, moves) =>
    places.some((i) => moves[i] === true && [at].flat().some((x) => mayBe(inputs[i], x))) ? "mayJump" : "smooth"

/**
 * The same for a function whose domain ends at its pole, such as log x at 0. If the range of the input continues beyond the pole, the input is
 * assumed to stay within the domain, because otherwise the loss is NaN and the fit stops. If the range only reaches the pole, as x² reaches 0, no NaN
 * would show it, so the function may jump.
 */
export const endPole =
  (bounds: { readonly least?: number; readonly greatest?: number }, place = 0): ContinuityRule =>
  (inputs, moves) =>
    moves[place] === true && touches(inputs[place] ?? anything, bounds) ? "mayJump" : "smooth"

/** May jump if one of several rules says so. */
export const anyOf =
  (...rules: ReadonlyArray<ContinuityRule>): ContinuityRule =>
  (inputs, moves, node) =>
    rules.some((rule) => rule(inputs, moves, node) === "mayJump") ? "mayJump" : "smooth"

const touches = (x: Interval, { least, greatest }: { readonly least?: number; readonly greatest?: number }): boolean =>
  (least !== undefined && x.low === least && !x.lowOpen) ||
  (greatest !== undefined && x.high === greatest && !x.highOpen)

/** May jump if one of the inputs at these positions changes, because they select among other inputs. */
export const chosenBy =
  (place: number): ContinuityRule =>
  (_, moves) =>
    moves[place] === true ? "jumps" : "smooth"

const mayBe = (x: Interval | undefined, at: number): boolean => x === undefined || includes(x, at)
