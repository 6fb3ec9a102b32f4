import * as tf from "@tensorflow/tfjs"
import { Effect, Scope } from "effect"
import {
  add,
  Bernoulli,
  Data,
  deterministic,
  dot,
  Engine,
  exp,
  HalfCauchy,
  MultivariateNormal,
  mul,
  Normal,
  observe,
  plate,
  program,
  sample,
  Tensor
} from "../../src/index.ts"
import { densityOf } from "../../src/infer/mcmc/density.ts"
import { nutsTransition } from "../../src/infer/mcmc/nuts.ts"
import { chainsBy } from "../../src/infer/mcmc/sampleBy.ts"
import { nutsSettings } from "../../src/infer/mcmc/settings.ts"
import { targetOf } from "../../src/infer/mcmc/target.ts"
import { type ProgramData, prepare } from "../../src/infer/run/prepared.ts"
import type { AnyProgram } from "../../src/model/Guided.ts"
import { writeDraws } from "../nutsDraws.ts"
import { readColumns } from "../tables.ts"
import type { NutsWork, Work } from "../workloads.ts"
import { versions } from "./latent.ts"
import type { Prepare } from "./Prepare.ts"

/**
 * NUTS of this library. A step is one evaluation of a chain's density and gradient, and its loss the mean potential energy of the draws. One run samples from the beginning, its warm-up included, as often as it takes
 * for the steps that are asked for, with another seed each time; deriving and compiling are not part of it.
 */
export const nuts: Prepare = async (work) => {
  if (work.kind !== "nuts") throw new Error(`NUTS has no program of kind '${work.kind}'`)
  const { model, data } = problems[work.problem](work)
  return async () => {
    const scope = await Effect.runPromise(Scope.make())
    const held = prepare(data)
    const target = targetOf(model, held, {})
    const density = await Effect.runPromise(
      densityOf(target, held, work.chains).pipe(Scope.provide(scope), Effect.provide(Engine.auto))
    )
    let seed = 0
    const sampled = async (): Promise<ReadonlyArray<number>> => {
      let evaluations = 0
      const { chains, warmup, draws, targetAccept } = work
      const settings = nutsSettings({ chains, warmup, draws, targetAccept, seed: seed++, progress: () => {} })
      const done = await Effect.runPromise(
        chainsBy(
          () =>
            function* (place, moving) {
              const transition = yield* nutsTransition(place, settings.maxTreeDepth, moving)
              evaluations += transition.leapfrogs
              return transition
            },
          target,
          density,
          settings
        )
      )
      const energies = done.flatMap(({ logDensity }) => [...logDensity])
      writeDraws(
        work,
        "nuts",
        evaluations,
        done.map(({ vectors }) => vectors)
      )
      const energy = -energies.reduce((sum, x) => sum + x, 0) / energies.length
      return new Array<number>(evaluations).fill(energy)
    }
    return {
      run: async (steps) => {
        let all: ReadonlyArray<number> = []
        while (all.length < steps) all = [...all, ...(await sampled())]
        return all
      },
      versions: versions("onnx")
    }
  }
}

interface Problem {
  readonly model: AnyProgram
  readonly data: ProgramData
}

const problems: Readonly<Record<NutsWork["problem"], (work: NutsWork & Work) => Problem>> = {
  schools: (work) => {
    const [y = new Float32Array(), s = new Float32Array()] = readColumns(work, 2, [
      [0, 1],
      [1, 2]
    ])
    const model = program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfCauchy(5))
      yield* plate("schools", function* (row: { readonly s: Tensor<readonly []> }) {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("y", Normal(add(mu, mul(tau, z)), row.s))
      })
    })
    return { model: model.effect as AnyProgram, data: { schools: { y: Data.of(y, []), s: Data.of(s, []) } } }
  },
  logistic: (work) => {
    const columns = work.width - 1
    const [x = new Float32Array(), y = new Float32Array()] = readColumns(work, work.width, [
      [0, columns],
      [columns, work.width]
    ])
    const model = program(function* () {
      const b = yield* sample("b", Normal(0, 1))
      const w = yield* sample("w", Normal(0, 1).iid(columns))
      yield* plate("rows", (row: { readonly x: Tensor<readonly [number]> }) =>
        observe("y", Bernoulli({ logits: add(b, dot(row.x, w)) }))
      )
    })
    const data = { rows: { x: Data.of(x, [columns]), y: Data.of(y, [], "boolean") } }
    return { model: model.effect as AnyProgram, data }
  },
  gaussian: (work) => {
    const n = work.width
    const [lower = new Float32Array()] = readColumns(work, n, [[0, n]])
    const scaleTril = Tensor.of([n, n], tf.tensor2d(lower, [n, n]))
    const model = program(function* () {
      yield* sample("x", MultivariateNormal(Tensor.of([n], tf.zeros([n])), { scaleTril }))
    })
    return { model: model.effect as AnyProgram, data: {} }
  },
  funnel: () => {
    const model = program(function* () {
      const v = yield* sample("v", Normal(0, 3))
      const z = yield* sample("z", Normal(0, 1).iid(9))
      yield* deterministic("x", mul(exp(mul(0.5, v)), z))
    })
    return { model: model.effect as AnyProgram, data: {} }
  }
}
