import {
  type Accuracy,
  add,
  Bernoulli,
  Beta,
  Data,
  type Dataset,
  dot,
  enumerate,
  Guide,
  HalfNormal,
  mul,
  Normal,
  observe,
  plate,
  program,
  sample,
  sub,
  type Tensor
} from "../../src/index.ts"
import type { EngineLayer } from "../../src/infer/fit/promised.ts"
import { numbersOf } from "../../src/infer/mcmc/chainNumbers.ts"
import { type Exact, onGrid, regressionPosterior } from "./exact.ts"

/** A fit to an accuracy, whose posterior is known. */
export interface Problem {
  readonly name: string
  readonly guide: string
  /** exact means and standard deviations, by site and place as `w[0]` */
  readonly exact: () => ReadonlyMap<string, Exact>
  readonly fit: (accuracy: number, engine: EngineLayer) => Promise<Outcome>
}

export interface Outcome {
  readonly accuracy: Accuracy | undefined
  /** means of the guide, by site and place */
  readonly means: ReadonlyMap<string, number>
}

/** Enough draws that their own error is small beside what is measured: it is 0.005 standard deviations. */
const draws = 40_000

const meansOf = (sites: Readonly<Record<string, Dataset>>): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(sites).flatMap(([site, { values, size }]) => {
      const width = values.length / size
      return Array.from({ length: width }, (_, i) => {
        let sum = 0
        for (let d = 0; d < size; d++) sum += values[d * width + i] ?? Number.NaN
        return [placed(site, i, width), sum / size] as const
      })
    })
  )

const placed = (site: string, i: number, width: number): string => (width === 1 ? site : `${site}[${i}]`)

const named = (site: string, numbers: ReadonlyArray<Exact>): ReadonlyArray<readonly [string, Exact]> =>
  numbers.map((each, i) => [placed(site, i, numbers.length), each] as const)

/** A regression with d weights and rows that are correlated, of a seed. */
export const regression = (seed: number, isFull: boolean): Problem => {
  const { normal, uniform } = numbersOf(seed, 0, "regressions")
  const d = 2 + (seed % 5)
  const n = 15 + Math.floor(60 * uniform())
  const [sigma, s] = [0.3 + 2 * uniform(), 2]
  const w = Array.from({ length: d }, () => normal())
  const x = Array.from({ length: n }, () => {
    const common = normal()
    return [1, ...Array.from({ length: d - 1 }, () => normal() + 0.7 * common)]
  })
  const y = x.map((row) => row.reduce((sum, each, i) => sum + each * (w[i] ?? 0), 0) + sigma * normal())
  const model = program(function* () {
    const weights = yield* sample("w", Normal(0, s).iid(d))
    yield* plate("rows", (row: { readonly x: Tensor<readonly [number]> }) =>
      observe("y", Normal(dot(row.x, weights), sigma))
    )
  })
  const guided = model.autoGuide(isFull ? Guide.multivariateNormal() : Guide.normal())
  const data = { rows: { x: Data.of(x.flat(), [d]), y: Data.of(y, []) } }
  return {
    name: `regression ${seed} (${n} × ${d})`,
    guide: isFull ? "multivariate normal" : "normal",
    exact: () => new Map(named("w", regressionPosterior(x, y, sigma, s))),
    fit: async (accuracy, engine) => {
      const fitted = await guided.fitPromise(data, { accuracy, seed, engine, progress: false })
      // the means of a normal guide are its parameters: no error of drawing
      const means = fitted.parameter(isFull ? "auto.loc" : "auto.w.loc")
      return { accuracy: fitted.accuracy, means: new Map([...means].map((mean, i) => [placed("w", i, d), mean])) }
    }
  }
}

/** Eight schools, non-centred: given mu and tau, y ~ N(mu, s² + tau²) and each effect is normal. */
export const schools = (): Problem => {
  const [y, s] = [
    [28, 8, -3, 7, -1, 1, 18, 12],
    [15, 10, 16, 11, 9, 11, 10, 18]
  ]
  const guided = program(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    const tau = yield* sample("tau", HalfNormal(5))
    yield* plate("schools", function* (row: { readonly s: Tensor<readonly []> }) {
      const t = yield* sample("t", Normal(0, 1))
      yield* observe("y", Normal(add(mu, mul(tau, t)), row.s))
    })
  }).autoGuide()
  const data = { schools: { y: Data.of(y, []), s: Data.of(s, []) } }
  return {
    ...{ name: "eight schools", guide: "normal" },
    exact: () => {
      const [mu, tau, ...t] = onGrid(
        [
          [-20, 30, 250],
          [0, 30, 400]
        ],
        ([m = 0, scale = 0]) => {
          let log = -(m ** 2) / 50 - scale ** 2 / 50
          const effects = y.map((each, i) => {
            const variance = (s[i] ?? 1) ** 2 + scale ** 2
            log -= ((each - m) ** 2 / variance + Math.log(variance)) / 2
            return { mean: (scale * (each - m)) / variance, sd: (s[i] ?? 1) / Math.sqrt(variance) }
          })
          return { log, numbers: [{ mean: m, sd: 0 }, { mean: scale, sd: 0 }, ...effects] }
        }
      )
      return new Map([
        ...named("mu", mu === undefined ? [] : [mu]),
        ...named("tau", tau === undefined ? [] : [tau]),
        ...named("t", t)
      ])
    },
    fit: async (accuracy, engine) => {
      const fitted = await guided.fitPromise(data, { accuracy, engine, progress: false })
      const { schools, ...global } = await fitted.posterior(data, draws)
      return { accuracy: fitted.accuracy, means: meansOf({ ...global, ...schools }) }
    }
  }
}

/** A mixture of two normals, whose assignments are summed out. */
export const mixture = (seed: number): Problem => {
  const { normal, uniform } = numbersOf(seed, 0, "mixture")
  const y = Array.from({ length: 40 }, () => (uniform() < 0.3 ? -1.5 : 1.2) + normal())
  const guided = program(function* () {
    const share = yield* sample("share", Beta(2, 2))
    const low = yield* sample("low", Normal(-2, 1))
    const high = yield* sample("high", Normal(2, 1))
    yield* plate("rows", function* () {
      const k = yield* enumerate("k", Bernoulli({ probs: share }))
      yield* observe("y", Normal(add(mul(k, high), mul(sub(1, k), low)), 1))
    })
  }).autoGuide()
  const data = { rows: { y: Data.of(y, []) } }
  return {
    ...{ name: `mixture ${seed}`, guide: "normal" },
    exact: () => {
      const found = onGrid(
        [
          [0, 1, 60],
          [-5, 3, 90],
          [-2, 5, 90]
        ],
        ([share = 0, low = 0, high = 0]) => {
          let log = Math.log(share) + Math.log1p(-share) - (low + 2) ** 2 / 2 - (high - 2) ** 2 / 2
          for (const each of y)
            log += Math.log(
              share * Math.exp(-((each - high) ** 2) / 2) + (1 - share) * Math.exp(-((each - low) ** 2) / 2)
            )
          return { log, numbers: [share, low, high].map((mean) => ({ mean, sd: 0 })) }
        }
      )
      return new Map(["share", "low", "high"].flatMap((site, i) => named(site, found.slice(i, i + 1))))
    },
    fit: async (accuracy, engine) => {
      const fitted = await guided.fitPromise(data, { accuracy, engine, progress: false })
      const { rows: _, ...global } = await fitted.posterior(data, draws)
      return { accuracy: fitted.accuracy, means: meansOf(global) }
    }
  }
}
