import { anything, type Interval, includes } from "../../tensor/Interval.ts"
import type { ContinuityRule } from "./KernelRow.ts"

export const smooth: ContinuityRule = () => "smooth"
export const kinked: ContinuityRule = () => "kinked"
/** Jumps, unless its ranges show that it is constant: see `continuityOf`. */
export const jumps: ContinuityRule = () => "jumps"

/** May jump where one of its inputs moves and may be `at`; smooth elsewhere. Inputs are those at the given places, the first by default. */
export const pole =
  (at: number | ReadonlyArray<number>, places: ReadonlyArray<number> = [0]): ContinuityRule =>
  (inputs, moves) =>
    places.some((i) => moves[i] === true && [at].flat().some((x) => mayBe(inputs[i], x))) ? "mayJump" : "smooth"

/**
 * The same for a function that ends at its pole, beyond which it is not a number: log x at 0. Where the range of the input goes on beyond the pole, the
 * input is taken to stay within the domain, for otherwise the loss is NaN and the fit stops. Where it just reaches the pole, as x² reaches 0, nothing
 * would tell.
 */
export const endPole =
  (ends: { readonly least?: number; readonly greatest?: number }, place = 0): ContinuityRule =>
  (inputs, moves) =>
    moves[place] === true && touches(inputs[place] ?? anything, ends) ? "mayJump" : "smooth"

/** May jump where one of several rules says so. */
export const anyOf =
  (...rules: ReadonlyArray<ContinuityRule>): ContinuityRule =>
  (inputs, moves, node) =>
    rules.some((rule) => rule(inputs, moves, node) === "mayJump") ? "mayJump" : "smooth"

const touches = (x: Interval, { least, greatest }: { readonly least?: number; readonly greatest?: number }): boolean =>
  (least !== undefined && x.low === least && !x.lowOpen) ||
  (greatest !== undefined && x.high === greatest && !x.highOpen)

/** May jump where one of the inputs at these places moves: those that choose among others. */
export const chosenBy =
  (place: number): ContinuityRule =>
  (_, moves) =>
    moves[place] === true ? "jumps" : "smooth"

const mayBe = (x: Interval | undefined, at: number): boolean => x === undefined || includes(x, at)
