import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { GuideMismatch } from "../../src/Errors.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { run } from "../infer/harness.ts"

interface Row {
  readonly x: Tensor<readonly []>
}

const written = program(function* () {
  const w = yield* sample("w", Normal(0, 1))
  const sigma = yield* sample("sigma", LogNormal(0, 1))
  yield* plate("rows", function* (row: Row) {
    const late = yield* sample("late", Bernoulli({ probs: 0.3 }))
    yield* observe("y", Normal(add(mul(w, row.x), late), sigma))
  })
  return w
})
const guide = function* () {
  const w = yield* sample("w", Normal(param("w.loc", 0.1), param.positive("w.scale", 0.5)))
  yield* sample("sigma", LogNormal(mul(w, 0.1), 0.3))
  yield* plate("rows", function* (_row: Row) {
    yield* sample("late", Bernoulli({ logits: param.row("late.logit", 0) }))
  })
}

const asEffect = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1))
    const sigma = yield* sample("sigma", LogNormal(0, 1))
    yield* plate("rows", (row: Row) =>
      Effect.flatMap(sample("late", Bernoulli({ probs: 0.3 })), (late) =>
        observe("y", Normal(add(mul(w, row.x), late), sigma))
      )
    )
    return w
  })
)
const data = { rows: { x: Dataset.of([-1, 0, 1, 2, 3], []), y: Dataset.of([-2, 0.5, 2, 5, 6], []) } }
const options = { epochs: 3, batchSize: 2, seed: 5, progress: false } as const

describe("a program of generator functions", () => {
  test("has the plan, the losses and the parameters of the same program as an Effect", async () => {
    const wanted = asEffect.guideWith(() => Effect.gen(guide))
    const { parameters, history } = await run(wanted.fit(data, options))
    for (const guided of [written.guideWith(guide), written.guideWith(() => guide())]) {
      expect(`${guided.explain(data)}`).toBe(`${wanted.explain(data)}`)
      const fitted = await run(guided.fit(data, options))
      expect(fitted.parameters).toEqual(parameters)
      expect(fitted.history.map(({ train }) => train)).toEqual(history.map(({ train }) => train))
    }
  })

  test("runs anew each time: generators are used up by one run", () => {
    const guided = written.guideWith(guide)
    expect(`${guided.explain(data)}`).toBe(`${guided.explain(data)}`)
  })

  test("is refused when it waits, and hands on what its own code throws", () => {
    const waiting = program(function* () {
      yield* Effect.sleep(1)
      yield* sample("w", Normal(0, 1))
    }).guide(() => ({ w: Normal(0, 1) }))
    expect(() => waiting.explain({})).toThrow(GuideMismatch)
    expect(() => waiting.explain({})).toThrow("waits for something asynchronous")
    const broken = program(function* () {
      yield* sample("w", Normal(0, 1))
      throw new Error("no such luck")
    }).guide(() => ({ w: Normal(0, 1) }))
    expect(() => broken.explain({})).toThrow("no such luck")
  })

  test("leaves a plate whose body throws, so that the next run is as the first", () => {
    let fail = true
    const once = program(function* () {
      yield* plate("rows", function* (_row: object) {
        const z = yield* sample("z", Normal(0, 1))
        if (fail) throw new Error("only once")
        yield* observe("y", Normal(z, 1))
      })
    }).guide(() => ({ rows: () => ({ z: Normal(0, 1) }) }))
    const rows = { rows: { y: Dataset.of([1], []) } }
    expect(() => once.explain(rows)).toThrow("only once")
    fail = false
    expect(once.explain(rows).sites.map(({ site }) => site)).toEqual(["z", "y"])
  })
})
