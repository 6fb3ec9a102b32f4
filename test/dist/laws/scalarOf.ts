import { type Param, Tensor } from "../../../src/tensor/Tensor.ts"

/** A parameter that is one number, as a number or a scalar. */
export const scalarOf = (x: Param): Param<readonly []> => (typeof x === "number" ? x : Tensor.of([], x))
