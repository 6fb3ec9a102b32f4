import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { logJoint } from "../../../src/infer/fitted/logJoint.ts"
import { program } from "../../../src/infer/program/program.ts"
import { condition } from "../../../src/model/handler/condition.ts"
import { enumerate, observe, plate } from "../../../src/model/Site.ts"
import { stack } from "../../../src/tensor/ops/join.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, run } from "../../infer/harness.ts"

describe("a summed-out site that is conditioned", () => {
  const alarm = program(function* () {
    const burglary = yield* enumerate("burglary", Bernoulli({ probs: 0.001 }))
    const earthquake = yield* enumerate("earthquake", Bernoulli({ probs: 0.002 }))
    const chances = stack([0.001, 0.29, 0.94, 0.95])
    const rings = yield* enumerate("rings", Bernoulli({ probs: at(chances, add(mul(2, burglary), earthquake)) }))
    yield* observe("john", Bernoulli({ probs: at(stack([0.05, 0.9]), rings) }))
    yield* observe("mary", Bernoulli({ probs: at(stack([0.01, 0.7]), rings) }))
  })

  test("answers Pearl's question of the burglar alarm: 0.284, as Russell and Norvig print it", async () => {
    const yes = Tensor.of([], tf.scalar(1))
    const calls = { john: yes, mary: yes }
    const evidence = await run(logJoint(alarm, calls, {}), cpu)
    const both = await run(logJoint(condition(alarm, { burglary: 1 }), calls, {}), cpu)
    expect(Math.exp(both - evidence)).toBeCloseTo(0.284172, 5)
    yes.dispose()
  })

  test("in a plate has its value in every row", async () => {
    const rows = program(function* () {
      yield* plate("rows", function* () {
        const k = yield* enumerate("k", Bernoulli({ probs: 0.25 }))
        yield* observe("y", Normal(k, 1))
      })
    })
    const known = condition(rows, { rows: { k: 1 } })
    const found = await run(logJoint(known, { rows: { y: Dataset.of([1, 3], []) } }, {}), cpu)
    expect(found).toBeCloseTo(2 * Math.log(0.25) - Math.log(2 * Math.PI) - 2, 5)
  })
})
