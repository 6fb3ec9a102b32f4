import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { NonFiniteLoss } from "../../src/Errors.ts"
import { derive } from "../../src/infer/fit/derive.ts"
import { elbo } from "../../src/infer/objective/elbo.ts"
import { program } from "../../src/infer/program/program.ts"
import { prepare, shapesOf } from "../../src/infer/run/prepared.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { doubtfulReads } from "../../src/infer/step/positions.ts"
import type { Guided } from "../../src/model/Guided.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { add } from "../../src/tensor/ops/ofTwo.ts"
import { at } from "../../src/tensor/ops/pick.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { engines, failure, run } from "./harness.ts"

type Row = { readonly g: Tensor<readonly []> }
const still = { epochs: 1, progress: false, particles: 2, optimizer: Optimizer.sgd(0) } as const

/** Rows whose means are entries of w = (0, 5, 100), at a position that is computed from the row. */
const shifted = (shift: number) =>
  program(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    yield* plate("rows", function* (row: Row) {
      yield* observe("y", Normal(at(w, add(row.g, shift)), 1))
    })
  }).guide(() => ({ w: Normal(Tensor.of([3], tf.tensor1d([0, 5, 100])), 1e-3) }))
const rows = (g: ReadonlyArray<number>, y: ReadonlyArray<number>) => ({
  rows: { g: Data.of(g, []), y: Data.of(y, []) }
})

describe("a computed position", () => {
  test.each(engines)("reads its entry: %s", async (_, engine) => {
    const data = rows([1, 2, 3], [0, 5, 100])
    const fitted = await run(shifted(-1).fit(data, still), engine)
    const { reconstruction } = await run(fitted.elboParts(data), engine)
    expect(reconstruction).toBeCloseTo(1.5 * Math.log(2 * Math.PI), 3)
  })

  test.each(engines)("that does not exist ends a fit, and no other entry is read: %s", async (_, engine) => {
    for (const shift of [-1, 1, -4]) {
      const error = await failure(shifted(shift).fit(rows([0, 2], [100, 5]), still), engine)
      expect(error).toBeInstanceOf(NonFiniteLoss)
      expect(error).toMatchObject({ site: "y", step: 1 })
    }
  })

  test("whose range lies within the axis, or that is data, is read as it is", () => {
    const model = Effect.gen(function* () {
      const w = yield* sample("w", Normal(0, 1).iid(3))
      yield* plate("rows", (row: Row) =>
        Effect.gen(function* () {
          const k = yield* sample("k", Categorical({ logits: Tensor.of([3], tf.zeros([3])) }))
          yield* observe("y", Normal(add(at(w, k), at(w, row.g)), 1))
        })
      )
    })
    const guide = () =>
      Effect.gen(function* () {
        yield* sample("w", Normal(param("loc", [3]), 1))
        yield* plate("rows", () => sample("k", Categorical({ logits: param("logits", [3]) })))
      })
    const guided = { model, guide: { kind: "program", make: guide } } as never as Guided
    const { joint } = derive(guided, shapesOf(prepare(rows([0, 1], [1, 2]))), {
      ...{ particles: 1, objective: elbo, per: "total" },
      estimators: {}
    })
    expect(joint.graph.nodes.filter(({ kernel }) => kernel === "GatherV2").length).toBeGreaterThan(1)
    expect(doubtfulReads(joint).size).toBe(0)
  })
})
