// A value that is certain: on any support of densities, as a guide of priors of that support, and with a divergence from any distribution.
import { Effect } from "effect"
import {
  Delta,
  Exponential,
  ImproperUniform,
  klDivergence,
  Laplace,
  param,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const real = Delta(2)
const positive = Delta(2, "positive").iid(3)
same<Equal<typeof real.support, "real">>()
same<Equal<typeof positive.support, "positive">>()
export const draw: Tensor<readonly [3]> = positive.mode()
export const divergences = [klDivergence(real, Laplace(0, 1)), klDivergence(positive, Exponential(3).iid(3))]

const model = program(
  Effect.gen(function* () {
    const rate = yield* sample("rate", Exponential(3))
    const free = yield* sample("free", ImproperUniform("real", [2]))
    return { rate, free }
  })
)
export const fit = model.guide(() => ({
  rate: Delta(param.positive("rate", 1), "positive"),
  free: Delta(param("free", [2]))
}))
