import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { enumerated } from "../../../src/infer/estimator/enumeration.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { program } from "../../../src/infer/program/program.ts"
import { factor, observe, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { estimates, isUnbiased } from "../moments.ts"
import { data, layers, slopesOf } from "../twoLayers.ts"

interface Explained {
  readonly sites: ReadonlyArray<{ readonly site: string; readonly gradient: string | undefined }>
}
const gradients = (plan: Explained): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(plan.sites.flatMap(({ site, gradient }) => (gradient === undefined ? [] : [[site, gradient]])))

describe("where a term of two layers has too many combinations of values", () => {
  test("the layer that the data are made of is summed over if it has few values, and the other one is not", () => {
    const plan = layers(8, 4).explain(data)
    expect(gradients(plan)).toEqual({ top: "score function", middle: "enumerated" })
    expect(plan.sites.find(({ site }) => site === "top")?.because).toContain("4096 combinations of values")
  })

  test("neither is if that one has many, and the plan says for what to ask", () => {
    const plan = layers(4, 8).explain(data)
    expect(gradients(plan)).toEqual({ top: "score function", middle: "score function" })
    expect(plan.sites.find(({ site }) => site === "middle")?.because).toContain("estimators: { middle: enumerated }")
    const asked = layers(4, 8).explain(data, { estimators: { middle: enumerated } })
    expect(gradients(asked)).toEqual({ top: "score function", middle: "enumerated" })
  })

  test("both are where there are few", () => {
    expect(gradients(layers(4, 4).explain(data))).toEqual({ top: "enumerated", middle: "enumerated" })
  })

  test("neither is by itself where the other one is asked for, nor under an objective that is no sum", () => {
    expect(gradients(layers(8, 8).explain(data, { estimators: { top: enumerated } }))).toEqual({
      top: "enumerated",
      middle: "score function"
    })
    expect(gradients(layers(8, 8).explain(data, { objective: Objective.iwae, particles: 2 }))).toEqual({
      top: "score function",
      middle: "score function"
    })
  })
})

describe("some of the coins of one term are not summed over without the others", () => {
  const nine = (says: (sum: Tensor<readonly []>) => ReturnType<typeof factor<"x">>) =>
    program(function* () {
      const sides: Array<tf.Tensor> = []
      for (let i = 0; i < 9; i++) sides.push(yield* sample(`z${i}`, Bernoulli({ probs: 0.5 })))
      yield* says(Tensor.of([], tf.addN(sides)))
    }).guide((() =>
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`z${i}`, Bernoulli({ logits: 0.1 })]))) as never)
  test.each([
    ["of the data", nine((sum) => observe("x", Normal(sum, 1)) as never)],
    ["of a factor", nine((sum) => factor("x", sum))]
  ])("%s", (_, coins) => {
    expect(new Set(Object.values(gradients(coins.explain(data))))).toEqual(new Set(["score function"]))
  })
})

test.each([1, 4])("the gradient is that of the sum over both layers, with %d particles", async (particles) => {
  const found = await estimates((each) => layers(7, 2).fit(data, each), { epochs: 2000, particles, seed: 2 })
  for (const [name, slope] of slopesOf(7, 2)) isUnbiased(found.of(name), [slope])
})
