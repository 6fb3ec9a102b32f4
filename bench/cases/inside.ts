import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Data, Engine, model, Normal, Objective, observe, program, sample, Tensor } from "../../src/index.ts"
import { type Case, equal } from "./Case.ts"

/** log p(x) = log N(x; 0, √2): with q the exact posterior N(x/2, √½), each importance weight is p(x), and any bound of them is exact. */
const exactWeights: Case = {
  id: "C1",
  input: "z ~ N(0, 1), x = 1.29 ~ N(z, 1), guide N(x/2, √½): the bound of an objective of log weights, log p(x)",
  run: async () => {
    const x = 1.29
    const right = -0.5 * Math.log(4 * Math.PI) - x ** 2 / 4
    const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) =>
      Normal(Tensor.of([], tf.mul(0.5, x)), Math.SQRT1_2)
    )
    const options = { epochs: 1, particles: 5, progress: false, engine: Engine.onnx, objective: Objective.iwae }
    const { history } = await guided.fitPromise(Data.of([x], []), options)
    return equal(-(history.at(-1)?.train ?? Number.NaN), right, 1e-5)
  }
}

/** A program of n latent sites and a guide of the same. */
const ofSites = (n: number) =>
  program(
    Effect.gen(function* () {
      let sum: tf.Tensor = tf.scalar(0)
      for (let i = 0; i < n; i++) sum = tf.add(sum, yield* sample(`z${i}`, Normal(0, 1)))
      yield* observe("y", Normal(Tensor.of([], sum), 1))
    })
  ).guideWith(() =>
    Effect.gen(function* () {
      for (let i = 0; i < n; i++) yield* sample(`z${i}`, Normal(0, 1))
    })
  )

const seconds = (n: number): number => {
  const guided = ofSites(n)
  const before = performance.now()
  guided.explain({ y: Tensor.of([], tf.scalar(0)) })
  return (performance.now() - before) / 1000
}

const manySites: Case = {
  id: "C2",
  input: "the plan of a program of 100, 200, 400 and 1000 sites (visits are counted in test/infer/plan/visits.test.ts)",
  run: () => {
    const each = [100, 200, 400, 1000].map(seconds)
    const [first = 0, last = 0] = [each[0], each.at(-1)]
    return {
      printed: `${each.map((time) => time.toFixed(2)).join(", ")} s`,
      right: "linear: less than 20 times as much for 10 times the sites, and less than 2 s",
      holds: last / first < 20 && last < 2
    }
  }
}

/** Section C: the inside. */
export const inside: ReadonlyArray<Case> = [exactWeights, manySites]
