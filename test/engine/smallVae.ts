import { Effect, type Layer } from "effect"
import {
  Bernoulli,
  Data,
  type Engine,
  type EngineUnavailable,
  type FitOptions,
  model,
  Net,
  Normal,
  type Progress
} from "../../src/index.ts"

/** What a short fit leaves, as plain data that can be sent from a page. */
export interface Trained {
  readonly engine: string
  readonly because: string
  readonly detail: string
  /** the mean loss of each epoch, in nats */
  readonly losses: ReadonlyArray<number>
  readonly parameters: Readonly<Record<string, ReadonlyArray<number>>>
}

/** 96 images of 6 × 6 pixels: a bright bar on a dark ground, at a place and of a brightness that differ. */
const bars = Data.ofBytes(
  Uint8Array.from({ length: 96 * 36 }, (_, i) => {
    const [image, row, column] = [Math.floor(i / 36), Math.floor((i % 36) / 6), i % 6]
    const onBar = (image % 2 === 0 ? row : column) === Math.floor(image / 2) % 6
    return onBar ? 255 - image : (7 * i) % 40
  }),
  [36]
)

const decoder = Net.mlp([3, 24, 36])
const encoder = Net.mlp([36, 24, 6])
const vae = model(Normal(0, 1).iid(3), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

/** Trains a small VAE for 30 steps of Adam, three an epoch. */
export const train = async (
  engine: Layer.Layer<Engine, EngineUnavailable>,
  options: Pick<FitOptions, "precision"> = {}
): Promise<Trained> => {
  let started = { engine: "", because: "", detail: "" }
  const progress = (event: Progress<unknown>): void => {
    if (event._tag === "Started") started = { engine: event.engine, because: event.because, detail: event.detail }
  }
  const fit = vae.fit(bars, { epochs: 10, batchSize: 32, learningRate: 0.01, seed: 5, progress, ...options })
  const { history, parameters } = await Effect.runPromise(Effect.provide(fit, engine))
  return {
    ...started,
    losses: history.map((epoch) => epoch.train),
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]]))
  }
}

/** How far two runs are apart: the largest difference of a loss or a parameter, relative to 1 + |value|. */
export const apart = (a: Trained, b: Trained): number => {
  const numbers = ({ losses, parameters }: Trained) =>
    [
      losses,
      ...Object.keys(parameters)
        .sort()
        .map((name) => parameters[name] ?? [])
    ].flat()
  const [x, y] = [numbers(a), numbers(b)]
  if (x.length !== y.length) return Infinity
  return x.reduce((most, value, i) => {
    const gap = Math.abs(value - (y[i] ?? NaN)) / (1 + Math.abs(value))
    return Number.isNaN(gap) ? Infinity : Math.max(most, gap)
  }, 0)
}
