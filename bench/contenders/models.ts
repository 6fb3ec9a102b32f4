import { Effect, type Stream } from "effect"
import type { Precision } from "../../src/engine/precision.ts"
import {
  Bernoulli,
  Data,
  dot,
  type Engine,
  type FitError,
  model,
  Net,
  Normal,
  observe,
  type Progress,
  param,
  plate,
  program,
  sample,
  Tensor
} from "../../src/index.ts"
import { fitStream } from "../../src/infer/fit/fit.ts"
import type { AnyProgram } from "../../src/model/Guided.ts"
import { readColumns } from "../tables.ts"
import type { LogisticWork, SitesWork, VaeWork, Work } from "../workloads.ts"

/** A workload as a fit without an end, whose data have been read. */
export interface Fit {
  readonly events: Stream.Stream<Progress<unknown>, FitError, Engine>
  readonly stepsPerEpoch: number
  /** what its losses are divided by to be per datum */
  readonly per: number
}

/** `precision` is that of a VAE. */
export const fitOf = (work: Work, precision: Precision): Effect.Effect<Fit, FitError> => {
  if (work.kind === "vae") return vae(work, precision)
  if (work.kind === "nuts") return Effect.die(new Error("a posterior that is sampled is not fitted"))
  return Effect.sync(() => (work.kind === "logistic" ? logistic(work) : sites(work)))
}

/** Far more than a benchmark reaches: the fit goes on for as long as its events are asked for. */
const epochs = 1_000_000

const vae = (
  { hidden, latent, batch, particles, learningRate }: VaeWork & Work,
  precision: Precision
): Effect.Effect<Fit, FitError> =>
  Effect.map(Data.mnist, ({ train: { images } }) => {
    const encoder = Net.mlp([784, ...hidden, 2 * latent])
    const decoder = Net.mlp([latent, ...hidden.toReversed(), 784])
    const events = model(Normal(0, 1).iid(latent), (z) => Bernoulli({ logits: decoder(z), soft: true }))
      .guide((x) => Normal.fromLocLogVariance(encoder(x)))
      .fitStream(images, { epochs, batchSize: batch, particles, learningRate, precision })
    return { events, stepsPerEpoch: Math.ceil(images.size / batch), per: 1 }
  })

const logistic = (work: LogisticWork & Work): Fit => {
  const { rows, columns, learningRate } = work
  const cuts = [[0, columns] as const, [columns, columns + 1] as const]
  const [x = new Float32Array(), y = new Float32Array()] = readColumns(work, columns + 1, cuts)
  const events = program(
    Effect.gen(function* () {
      const w = yield* sample("w", Normal(0, 1).iid(columns))
      yield* plate("rows", (row: { x: Tensor<readonly [number]> }) =>
        observe("y", Bernoulli({ logits: dot(row.x, w) }))
      )
    })
  )
    .guide(() => ({ w: Normal(param("w.loc", [columns]), param.positive("w.scale", [columns], 0.1)) }))
    .fitStream(
      { rows: { x: Data.of(x, [columns]), y: Data.of(y, [], "boolean") } },
      { epochs, batchSize: rows, learningRate }
    )
  return { events, stepsPerEpoch: 1, per: rows }
}

/** So many sites that their names cannot stand in a type: the untyped way in, which `model` and `program` take as well. */
const sites = (work: SitesWork & Work): Fit => {
  const names = Array.from({ length: work.sites }, (_, i) => `z${i}`)
  const source = Effect.gen(function* () {
    let sum: Tensor<readonly []> | undefined
    for (const name of names) {
      const z = yield* sample(name, Normal(0, 1))
      sum = sum === undefined ? z : Tensor.of([], sum.add(z))
    }
    const mean = sum ?? 0
    yield* plate("rows", (_row: object) => observe("y", Normal(mean, 1)))
  })
  const guide = () =>
    Object.fromEntries(
      names.map((name) => [name, Normal(param(`${name}.loc`, 0), param.positive(`${name}.scale`, 0.1))])
    )
  const [y = new Float32Array()] = readColumns(work, 1, [[0, 1]])
  const events = fitStream(
    { per: "total", guided: () => ({ model: source as AnyProgram, guide: { kind: "record", make: guide } }) },
    () => ({ data: { rows: { y: Data.of(y, []) } }, validation: undefined }),
    { epochs, batchSize: work.batch, learningRate: work.learningRate },
    () => undefined
  )
  return { events, stepsPerEpoch: Math.ceil(work.rows / work.batch), per: work.rows }
}
