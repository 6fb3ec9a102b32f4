import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe } from "vitest"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { LKJCholesky } from "../../../src/dist/LKJCholesky.ts"
import { Wishart } from "../../../src/dist/Wishart.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { useCpu } from "../../support/onCpu.ts"
import { number, vector } from "../laws/Row.ts"
import { klLaws, type Pair } from "./laws.ts"

useCpu()

const pairOf = (family: fc.Arbitrary<() => Dist>): Pair =>
  fc.tuple(family, family).map(
    ([q, p]) =>
      () =>
        [q(), p()] as const
  )

const triangle = fc.tuple(number(0.5, 2), number(-1, 1), number(0.5, 2)).map(
  ([a, b, c]) =>
    () =>
      Tensor.of([2, 2], tf.tensor2d([a, 0, b, c], [2, 2]))
)

const pairs: Readonly<Record<string, Pair>> = {
  Dirichlet: pairOf(vector(0.5, 6, 3).map((x) => () => Dirichlet(Tensor.of([3], tf.tensor1d([...x]))))),
  LKJCholesky: pairOf(number(0.5, 5).map((concentration) => () => LKJCholesky(3, concentration))),
  // with few degrees of freedom there are draws that float32 rounds to a matrix that is not positive definite
  Wishart: pairOf(
    fc.tuple(number(5, 9), triangle).map(
      ([df, scaleTril]) =>
        () =>
          Wishart(df, scaleTril())
    )
  )
}

// logarithms of gamma functions of up to 10 numbers cancel
describe.each(Object.entries(pairs))("KL of two of %s", (_, pair) => klLaws(pair, 2000))
