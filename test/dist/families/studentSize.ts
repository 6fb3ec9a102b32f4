import { lbeta } from "./lgamma.ts"

/** The sizes of the terms of Student's log density at z. */
export const studentSize = (z: number, df: number): number =>
  ((df + 1) / 2) * Math.log1p(z ** 2 / df) + Math.abs(lbeta(df / 2, 0.5)) + Math.abs(Math.log(df)) + 1
