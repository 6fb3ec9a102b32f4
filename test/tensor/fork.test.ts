import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Laplace } from "../../src/dist/Laplace.ts"
import { fork, siteOf } from "../../src/tensor/fork.ts"
import { Key, uniform } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { nodeAt } from "../../src/trace/Graph.ts"
import { record } from "../../src/trace/record.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()

it("a fork of a key draws other numbers, always the same, and others than another fork", () => {
  const draws = (key: Key) => compute(() => uniform(key, [20])).values
  const key = Key.of(1, "z")
  expect(draws(fork(key, "a"))).toEqual(draws(fork(key, "a")))
  expect(
    new Set([key, fork(key, "a"), fork(key, "b"), fork(fork(key, "a"), "b")].map((each) => draws(each)[0])).size
  ).toBe(4)
})

it("a fork of a fork belongs to the site of the first key, whose axes its noise has", () => {
  expect(siteOf(fork(fork(Key.of(1, "z"), "a"), "b").site)).toBe("z")
  const graph = record(() => ({
    y: Mixture({ logits: Tensor.of([2], tf.zeros([2])) }, Laplace(Tensor.of([2], tf.zeros([2])), 1)).sample(
      Key.of(1, "z")
    )
  }))
  const wide = vectorise(graph, { name: "data", size: 5, inputs: new Set(), sites: new Set(["z"]) })
  expect(nodeAt(wide, wide.outputs["y"] ?? 0).shape).toEqual([5])
})
