import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { StraightThroughBernoulli } from "../../../src/dist/StraightThroughBernoulli.ts"
import { enumerated } from "../../../src/infer/estimator/enumeration.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { block } from "../../../src/model/handler/block.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { failure } from "../harness.ts"

const rowOf = (plan: { readonly sites: ReadonlyArray<{ readonly site: string }> }, site: string) =>
  plan.sites.find((each) => each.site === site)

describe("an estimator that a distribution asks for by via", () => {
  const pair = model(Normal(0, 1), (z) => Normal(z, 1))

  test("is taken in place of the one that the library would choose", () => {
    const plain = pair.guide(() => Normal(param("m", 0), 1))
    const asking = pair.guide(() => Normal(param("m", 0), 1).via(score))
    expect(rowOf(plain.explain(), "z")).toMatchObject({ gradient: "reparameterized" })
    expect(rowOf(asking.explain(), "z")).toMatchObject({
      gradient: "score function",
      control: "running baseline",
      because: expect.stringContaining("asked for")
    })
  })

  test("stays with copies, also with copies of copies", () => {
    const copies = Normal(0, 1).via(score).iid(2).iid(3)
    expect(copies.way).toBe(score)
    expect(copies.shape).toEqual([3, 2])
    expect(Normal(0, 1).way).toBeUndefined()
  })

  test("leaves the distribution as it is otherwise", () => {
    const [plain, asking] = [Normal(1, 2), Normal(1, 2).via(score)]
    const x = tf.scalar(0.3)
    expect(asking.logProb(x).dataSync()).toEqual(plain.logProb(x).dataSync())
    expect(asking.family).toBe("Normal")
  })

  test("gives way to the option of a fit", () => {
    const asking = pair.guide(() => Normal(param("m", 0), 1).via(score))
    expect(rowOf(asking.explain({ estimators: { z: reparameterized } }), "z")).toMatchObject({
      gradient: "reparameterized"
    })
  })

  test("is refused where it would be wrong, in words", async () => {
    const jumping = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.floor(z)), 1)).guide(() =>
      Normal(param("m", 0), 1).via(reparameterized)
    )
    const error = await failure(jumping.fit(Dataset.of([1], []) as never))
    expect(error).toMatchObject({ _tag: "GuideMismatch", site: "z" })
    expect(error.message).toContain("a reparameterized gradient would be wrong")
  })

  test("holds in a plate, for a prior that is its own guide, and for enumeration in place of a score function", () => {
    const coins = program(
      block(
        Effect.gen(function* () {
          yield* sample("noise", Normal(0, 1).via(score))
          yield* plate("rows", (_row: { readonly x: Tensor<readonly []> }) =>
            Effect.gen(function* () {
              const k = yield* sample("k", Bernoulli({ logits: 0 }).iid(9))
              yield* observe("x", Normal(Tensor.of([], tf.sum(k)), 1))
            })
          )
        }),
        "noise"
      )
    ).guide(() => ({ rows: () => ({ k: Bernoulli({ logits: param("l", [9]) }).via(enumerated) }) }))
    const plan = coins.explain({ rows: { x: Dataset.of([1, 2], []) } } as never)
    expect(rowOf(plan, "noise")).toMatchObject({ gradient: "score function" })
    // 512 combinations are more than the library chooses by itself
    expect(rowOf(plan, "k")).toMatchObject({ gradient: "enumerated", because: expect.stringContaining("asked for") })
  })

  test("a straight-through gradient is there where the family asks for it, and the plan says so", () => {
    const biased = model(Bernoulli({ probs: 0.5 }), (z) => Normal(z, 1)).guide(() =>
      StraightThroughBernoulli(0.5, { logits: param("logits", 0) })
    )
    const because = expect.stringContaining("its family asks for it; biased")
    expect(rowOf(biased.explain(), "z")).toMatchObject({ gradient: "straight-through", because })
  })
})
