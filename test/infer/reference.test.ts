import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { type Numbers, type ReferenceRun, reference } from "../support/reference.ts"
import {
  engines,
  generator,
  gradientReader,
  normals,
  relativeDistance,
  run,
  type Seen,
  under,
  watched
} from "./harness.ts"

/** Float32 sums of a few hundred terms, in another order. */
const lossTolerance = 1e-5
const gradientTolerance = 1e-4

const rowsOf = (fields: Readonly<Record<string, Dataset>>, indices: ArrayLike<number>) =>
  Array.from(indices, (row) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, { event, values, scale }]): [string, Numbers] => {
        const width = event.reduce((n, m) => n * m, 1)
        return [
          name,
          { shape: event, values: Array.from(values.slice(row * width, (row + 1) * width), (x) => x * scale) }
        ]
      })
    )
  )

/** Holds the last step of a fit's first call against the reference, at the rows that the fit chose for it. */
const agree = (
  seen: Seen | undefined,
  data: Readonly<Record<string, Readonly<Record<string, Dataset>>>>,
  batchSize: number,
  of: Omit<ReferenceRun, "parameters" | "rows" | "step" | "weights" | "batch"> & { readonly per: "datum" | "total" }
): void => {
  const call = seen?.calls[0]
  if (seen === undefined || call === undefined) throw new Error("the fit ran no step")
  const step = call.k - 1
  const batches = Object.entries(data).map(([plate, fields]) => {
    const size = Object.values(fields)[0]?.size ?? 0
    const batch = Math.min(batchSize, size)
    const place = step % Math.ceil(size / batch)
    const count = Math.min(batch, size - place * batch)
    // a plate that is read whole has no row numbers
    const given = call.feeds[`indices:${plate}`]
    const indices =
      given === undefined
        ? Array.from({ length: size }, (_, i) => i)
        : Array.from(given).slice(step * batch, step * batch + count)
    return { plate, batch, rows: rowsOf(fields, indices), weight: (of.per === "datum" ? 1 : size) / count }
  })
  const { loss, terms, gradients } = reference({
    ...of,
    step,
    parameters: under("param:", seen.bindings.state),
    rows: Object.fromEntries(batches.map(({ plate, rows }) => [plate, rows])),
    weights: Object.fromEntries(batches.map(({ plate, weight }) => [plate, weight])),
    batch: Object.fromEntries(batches.map(({ plate, batch }) => [plate, batch]))
  })
  const emitted = (name: string): number => call.emitted[name]?.[step] ?? Number.NaN
  expect(relativeDistance([emitted("value")], [loss])).toBeLessThan(lossTolerance)
  for (const [site, term] of Object.entries(terms)) {
    const gap = Math.abs(emitted(`term:${site}`) - term)
    expect(gap, site).toBeLessThan(lossTolerance * (Math.abs(term) + Math.abs(loss)))
  }
  const found = under("gradient:", call.after)
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(gradients).toSorted())
  for (const [name, gradient] of Object.entries(gradients)) {
    expect(Math.max(...gradient.map(Math.abs)), name).toBeGreaterThan(0)
    expect(relativeDistance(found[name], gradient), name).toBeLessThan(gradientTolerance)
  }
}

const bits = (seed: number, n: number): Float32Array => {
  const next = generator(seed)
  return Float32Array.from({ length: n }, () => (next() < 0.5 ? 0 : 1))
}

describe.each(engines)(
  "the recorded, vectorised and simplified step equals a plain loop over data and particles: %s",
  (_, source) => {
    const decoder = Net.mlp([2, 5, 4], { name: "decoder", activation: "tanh" })
    const encoder = Net.mlp([4, 5, 4], { name: "encoder" })
    const prior = Normal(0, 1).iid(2)
    const likelihood = (z: Tensor<readonly [2]>) => Bernoulli({ logits: decoder(z) })
    const guess = (x: Tensor<readonly [4]>) => Normal.fromLocLogVariance(encoder(x))
    const images = Dataset.of(bits(1, 28), [4], "boolean")
    const vae = {
      model: plate("data", (_row: object) => Effect.flatMap(sample("z", prior), (z) => observe("x", likelihood(z)))),
      guide: { kind: "record", make: () => ({ data: (row: { x: Tensor<readonly [4]> }) => ({ z: guess(row.x) }) }) }
    } as unknown as ReferenceRun["guided"]

    test.each([
      [1, 7, 0],
      [5, 7, 1],
      [1, 4, 3],
      [2, 3, 4]
    ])("a VAE with %d particles and batches of %d among seven rows, seed %d", async (particles, batchSize, seed) => {
      const { engine, sessions } = watched(source)
      const options = { epochs: 1, optimizer: gradientReader, particles, batchSize, seed, progress: false } as const
      await run(model(prior, likelihood).guide(guess).fit(images, options), engine)
      agree(sessions[0], { data: { x: images } }, batchSize, {
        guided: vae,
        per: "datum",
        particles,
        seed,
        analytic: ["z"]
      })
    })

    test.each([
      [1, 9],
      [4, 9],
      [3, 4]
    ])(
      "positive sites without a closed KL, and a global latent beside a plate: %d particles, batches of %d",
      async (particles, batchSize) => {
        const regression = Effect.gen(function* () {
          const w = yield* sample("w", Normal(0, 2).iid(3))
          const sigma = yield* sample("sigma", HalfNormal(1.5))
          yield* plate("rows", (row: { readonly x: Tensor<readonly [3]> }) =>
            observe("y", Normal(dot(row.x, w), sigma))
          )
        })
        const guide = () => ({
          w: Normal(param("w.loc", [3], 0.2), param.positive("w.scale", [3], 0.7)),
          sigma: LogNormal(param("sigma.loc", -0.3), param.positive("sigma.scale", 0.4))
        })
        const rows = { x: Dataset.of(normals(2, 27), [3]), y: Dataset.of(normals(3, 9), []) }
        const { engine, sessions } = watched(source)
        const settings = {
          epochs: 1,
          optimizer: gradientReader,
          particles,
          batchSize,
          seed: 7,
          progress: false
        } as const
        await run(
          program(regression)
            .guide(guide)
            .fit({ rows } as never, settings),
          engine
        )
        agree(sessions[0], { rows }, batchSize, {
          guided: { model: regression, guide: { kind: "record", make: guide } } as unknown as ReferenceRun["guided"],
          per: "total",
          particles,
          seed: 7,
          analytic: ["w"]
        })
      }
    )

    test("a hierarchical program whose local latents depend on global ones, with an amortised guide", async () => {
      const net = Net.mlp([1, 3, 2], { name: "net", activation: "softplus" })
      const schools = Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, 5))
        const tau = yield* sample("tau", HalfNormal(2))
        yield* plate("schools", (_row: { readonly y: Tensor<readonly []> }) =>
          Effect.gen(function* () {
            const theta = yield* sample("theta", Normal(mu, tau))
            yield* observe("y", Normal(theta, 0.8))
          })
        )
      })
      const guide = () => ({
        mu: Normal(param("mu.loc", 0.4), param.positive("mu.scale", 0.5)),
        tau: LogNormal(param("tau.loc", 0.1), param.positive("tau.scale", 0.3)),
        schools: ({ y }: { readonly y: Tensor<readonly []> }) => {
          const [loc, log] = tf.split(net(tf.reshape(y, [1]) as Tensor<readonly [1]>), 2)
          return {
            theta: Normal(
              tf.reshape(loc as tf.Tensor, []) as Tensor<readonly []>,
              tf.exp(tf.reshape(log as tf.Tensor, [])) as Tensor<readonly []>
            )
          }
        }
      })
      const rows = { y: Dataset.of(normals(4, 6), []) }
      const { engine, sessions } = watched(source)
      const settings = { epochs: 1, optimizer: gradientReader, particles: 3, seed: 11, progress: false } as const
      await run(
        program(schools)
          .guide(guide)
          .fit({ schools: rows } as never, settings),
        engine
      )
      agree(sessions[0], { schools: rows }, 128, {
        guided: { model: schools, guide: { kind: "record", make: guide } } as unknown as ReferenceRun["guided"],
        per: "total",
        particles: 3,
        seed: 11,
        analytic: ["mu", "theta"]
      })
    })

    test("crossed plates, one inside the other", async () => {
      const table = Effect.gen(function* () {
        const base = yield* sample("base", Normal(0, 1))
        yield* plate("people", (_person: { readonly age: Tensor<readonly []> }) =>
          Effect.gen(function* () {
            const skill = yield* sample("skill", Normal(base, 1))
            yield* plate(
              "tasks",
              (task: { readonly level: Tensor<readonly []>; readonly score: Tensor<readonly []> }) =>
                Effect.gen(function* () {
                  const luck = yield* sample("luck", Normal(0, 0.5))
                  yield* observe("score", Normal(tf.add(tf.sub(skill, task.level), luck) as Tensor<readonly []>, 1))
                })
            )
          })
        )
      })
      const guide = () => ({
        base: Normal(param("base.loc", 0.3), param.positive("base.scale", 0.6)),
        people: ({ age }: { readonly age: Tensor<readonly []> }) => ({
          skill: Normal(
            tf.mul(param("skill.slope", 0.2), age) as Tensor<readonly []>,
            param.positive("skill.scale", 0.9)
          ),
          tasks: ({ level }: { readonly level: Tensor<readonly []> }) => ({
            luck: Normal(
              tf.mul(param("luck.slope", -0.4), tf.sub(age, level)) as Tensor<readonly []>,
              param.positive("luck.scale", 0.3)
            )
          })
        })
      })
      const people = { age: Dataset.of(normals(5, 3), []) }
      const tasks = { level: Dataset.of(normals(6, 4), []), score: Dataset.of(normals(7, 4), []) }
      const { engine, sessions } = watched(source)
      const settings = { epochs: 1, optimizer: gradientReader, particles: 2, seed: 5, progress: false } as const
      await run(
        program(table)
          .guide(guide as never)
          .fit({ people, tasks } as never, settings),
        engine
      )
      agree(sessions[0], { people, tasks }, 128, {
        guided: { model: table, guide: { kind: "record", make: guide } } as unknown as ReferenceRun["guided"],
        per: "total",
        particles: 2,
        seed: 5,
        analytic: ["base", "skill", "luck"]
      })
    })
  }
)
