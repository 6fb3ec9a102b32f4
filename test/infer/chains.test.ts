import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Autoregressive } from "../../src/dist/combine/Autoregressive.ts"
import { HiddenMarkovModel } from "../../src/dist/combine/HiddenMarkovModel.ts"
import { MarkovChain } from "../../src/dist/combine/MarkovChain.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { observe, plate } from "../../src/model/Site.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { record } from "../../src/trace/record.ts"
import { allNodes } from "../../src/trace/region.ts"
import { logSumExp, normal } from "../support/closedForms.ts"
import { engines, run } from "./harness.ts"

type Input = (name: string, shape: ReadonlyArray<number>) => tf.Tensor

test("graphs of densities, their gradients and draws do not grow with the number of steps", () => {
  const sizesAt = (steps: number): ReadonlyArray<number> => {
    const count = (f: (input: Input) => tf.Tensor): number => {
      const graph = record(({ input }) => ({ loss: tf.sum(f((name, shape) => input(name, [...shape]))) }))
      const names = graph.nodes.flatMap(({ kernel, attrs }) => (kernel === "Input" ? [String(attrs["name"])] : []))
      return allNodes(differentiate(graph, "loss", names).nodes).length
    }
    const chain = (input: Input) => ({
      initial: Tensor.of([2], input("initial", [2])),
      transition: Tensor.of([2, 2], input("transition", [2, 2])),
      steps
    })
    const hidden = (input: Input) => HiddenMarkovModel(chain(input), Normal(Tensor.of([2], input("loc", [2])), 1))
    const series = (input: Input) =>
      Autoregressive({ coefficients: Tensor.of([2], input("phi", [2])), scale: 0.5, steps })
    const drawn = (dist: Dist) => dist.sample(Key.of(1))
    return [
      count((input) => hidden(input).logProb(input("x", [steps]))),
      count((input) => hidden(input).posterior(input("x", [steps]))),
      count((input) => hidden(input).mean()),
      count((input) => MarkovChain(chain(input)).logProb(input("x", [steps]))),
      count((input) => drawn(MarkovChain(chain(input)))),
      count((input) => series(input).logProb(input("x", [steps]))),
      count((input) => drawn(series(input))),
      count((input) => series(input).variance())
    ]
  }
  expect(sizesAt(2000)).toEqual(sizesAt(10))
})

const logits = { initial: [0.3, -0.5], transition: [1, -0.4, 0.2, 0.8] }
const series = [
  [0.3, -1.2, 0.8, 1.9],
  [2.1, 0.4, -0.3, -2]
]
const logOf = (row: ReadonlyArray<number>): ReadonlyArray<number> => row.map((x) => x - logSumExp(row))
/** log of the sum over all walks of the two states. */
const exact = (x: ReadonlyArray<number>, locs: readonly [number, number]): number =>
  logSumExp(
    Array.from({ length: 2 ** x.length }, (_, code) => {
      const state = (t: number): number => (code >> t) & 1
      return x.reduce((sum, y, t) => {
        const row = t === 0 ? logits.initial : logits.transition.slice(2 * state(t - 1), 2 * state(t - 1) + 2)
        return sum + (logOf(row)[state(t)] ?? 0) + normal(y, locs[state(t)] ?? 0, 1)
      }, 0)
    })
  )
const total = (locs: readonly [number, number]): number => series.reduce((sum, x) => sum + exact(x, locs), 0)
const hidden = () =>
  HiddenMarkovModel(
    {
      initial: Tensor.of([2], tf.tensor1d(logits.initial)),
      transition: Tensor.of([2, 2], tf.tensor2d(logits.transition, [2, 2])),
      steps: 4
    },
    Normal(param("locs", [2], [-1, 1]), 1)
  )

test.each(engines)(
  "hidden Markov models in the rows of a plate, and at the positions of a recurrence, have the enumerated log p and its gradient: %s",
  async (_, engine) => {
    const rows = program(plate("rows", (_row: object) => observe("x", hidden()))).guide(() => ({}))
    const positions = program(function* () {
      yield* scan("rows", { none: Tensor.of([], tf.scalar(0)) }, function* ({ none }, _row: object) {
        yield* observe("x", hidden())
        return { none }
      })
    }).guide(() => ({}))
    const data = { rows: { x: Dataset.of(Float32Array.from(series.flat()), [4]) } }
    const h = 1e-4
    for (const guided of [rows, positions]) {
      const fitted = await run(guided.fit(data, { epochs: 1, progress: false, optimizer: Optimizer.sgd(1) }), engine)
      expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(total([-1, 1]), 4)
      const [a = 9, b = 9] = fitted.parameter("locs")
      expect(a + 1).toBeCloseTo((total([-1 + h, 1]) - total([-1 - h, 1])) / (2 * h), 4)
      expect(b - 1).toBeCloseTo((total([-1, 1 + h]) - total([-1, 1 - h])) / (2 * h), 4)
    }
  }
)
