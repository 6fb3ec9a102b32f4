// message: parameters of shape [3] and [2] do not go together
// at: two)
import { Censored, Exponential, type Tensor } from "../../src/index.ts"

declare const two: Tensor<readonly [2]>
declare const rates: Tensor<readonly [3]>
export const lifetimes = Censored(Exponential(rates), 0, two)
