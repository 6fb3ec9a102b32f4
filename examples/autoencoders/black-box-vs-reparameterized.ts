// Black box variational inference beside gradients along a path, for three guides of two parameters whose ELBO is an integral on a line: a Gamma guide of a normal model (Ruiz, Titsias and Blei 2016), a Beta and a Normal one.
import { Effect } from "effect"
import {
  Bernoulli,
  Beta,
  Data,
  type Engine,
  type Estimator,
  type FitError,
  type FitOptions,
  Gamma,
  generalized,
  implicit,
  type Measurement,
  type MeasureOptions,
  measureValued,
  model,
  Normal,
  Optimizer,
  param,
  reparameterized,
  score
} from "../../src/index.ts"
import { lanes } from "../figures.ts"
import { type Extent, surface } from "../surface.ts"
import { example } from "./run.ts"

const [lengths, tosses, numbers] = [
  [2.1, 3.4, 2.6],
  [1, 1, 0, 1, 1, 1, 0, 1],
  [-0.5, 2]
]
/** Where the two parameters of each guide begin, far from the best. */
const begin = { gamma: [2, 4], beta: [2, 8], normal: [-1.5, 2] } as const
const gamma = model(Normal(0, 3), (z) => Normal(z, 1).iid(3)).guide(() =>
  Gamma(param.positive("a", begin.gamma[0]), param.positive("b", begin.gamma[1]))
)
const beta = model(Beta(2, 2), (z) => Bernoulli({ probs: z }).iid(8)).guide(() =>
  Beta(param.positive("a", begin.beta[0]), param.positive("b", begin.beta[1]))
)
const normal = model(Normal(0, 1), (z) => Normal(z, 1).iid(2)).guide(() =>
  Normal(param("a", begin.normal[0]), param.positive("b", begin.normal[1]))
)

/** One of them: its fits, and the parts of its ELBO. */
interface Case {
  readonly name: string
  readonly begin: readonly [a: number, b: number]
  /** one along a path, another one, and the score function */
  readonly estimators: readonly [Estimator, Estimator, Estimator]
  readonly fit: (options: FitOptions<"z">) => Effect.Effect<Parameters, FitError, Engine>
  readonly measure: (options: MeasureOptions<"z">) => Effect.Effect<Measurement, FitError, Engine>
  /** a point of the support for each t of the line, and log dz/dt there */
  readonly z: (t: number) => number
  readonly logJacobian: (z: number) => number
  readonly logJoint: (z: number) => number
  /** log q(z), up to a number that does not depend on z */
  readonly logQ: (z: number, a: number, b: number) => number
  readonly x: Extent
  readonly y: Extent
}
interface Parameters {
  readonly parameter: (name: string) => ArrayLike<number>
}

const logNormal = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
const sumOf = (xs: ReadonlyArray<number>, log: (x: number) => number): number => xs.reduce((sum, x) => sum + log(x), 0)

const cases: ReadonlyArray<Case> = [
  {
    name: "gamma",
    begin: begin.gamma,
    estimators: [implicit, generalized, score],
    fit: (options) => gamma.fit(Data.of(lengths, [3]), options),
    measure: (options) => gamma.measure(Data.of(lengths, [3]), options),
    z: Math.exp,
    logJacobian: Math.log,
    logJoint: (z) => logNormal(z, 0, 3) + sumOf(lengths, (x) => logNormal(x, z, 1)),
    logQ: (z, a, b) => (a - 1) * Math.log(z) - b * z,
    x: { label: "shape", from: 1, to: 60, log: true },
    y: { label: "rate", from: 1, to: 20, log: true }
  },
  {
    name: "beta",
    begin: begin.beta,
    estimators: [implicit, generalized, score],
    fit: (options) => beta.fit(Data.of(tosses, [8], "boolean"), options),
    measure: (options) => beta.measure(Data.of(tosses, [8], "boolean"), options),
    z: (t) => 1 / (1 + Math.exp(-t)),
    logJacobian: (z) => Math.log(z * (1 - z)),
    // the density of Beta(2, 2) is 6 z (1 − z)
    logJoint: (z) => Math.log(6 * z * (1 - z)) + sumOf(tosses, (x) => Math.log(x === 1 ? z : 1 - z)),
    logQ: (z, a, b) => (a - 1) * Math.log(z) + (b - 1) * Math.log(1 - z),
    x: { label: "weight of heads", from: 1, to: 20, log: true },
    y: { label: "weight of tails", from: 1, to: 20, log: true }
  },
  {
    name: "normal",
    begin: begin.normal,
    estimators: [reparameterized, measureValued, score],
    fit: (options) => normal.fit(Data.of(numbers, [2]), options),
    measure: (options) => normal.measure(Data.of(numbers, [2]), options),
    z: (t) => t,
    logJacobian: () => 0,
    logJoint: (z) => logNormal(z, 0, 1) + sumOf(numbers, (x) => logNormal(x, z, 1)),
    logQ: logNormal,
    x: { label: "location", from: -2, to: 2 },
    y: { label: "scale", from: 0.2, to: 3, log: true }
  }
]

/** The ELBO by the trapezoidal rule on the line of t, which is exact to rounding for a density that falls off smoothly. */
const elboOf = ({ z, logJacobian, logJoint, logQ }: Case): ((a: number, b: number) => number) => {
  const step = 0.06
  const line = Array.from({ length: 501 }, (_, i) => z((i - 250) * step)).filter((z) => Number.isFinite(logJoint(z)))
  const points = line.map((z) => ({ z, logP: logJoint(z), logWidth: logJacobian(z) + Math.log(step) }))
  return (a, b) => {
    const logs = points.map(({ z }) => logQ(z, a, b))
    const most = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY)
    const masses = points.map(({ logWidth }, i) => Math.exp((logs[i] ?? 0) - most + logWidth))
    const total = masses.reduce((sum, mass) => sum + mass, 0)
    const inner = points.reduce((sum, { logP }, i) => sum + (masses[i] ?? 0) * (logP - (logs[i] ?? 0)), 0)
    return inner / total + most + Math.log(total)
  }
}

/** The point of a plane where a function is largest: that of a grid, then those of ever finer grids around it. */
const largest = (of: (x: number, y: number) => number, { x, y }: Pick<Case, "x" | "y">) => {
  const along = ({ from, to, log }: Extent, at: number): number =>
    log === true ? from * (to / from) ** at : from + (to - from) * at
  let best = { u: 0.5, v: 0.5, value: Number.NEGATIVE_INFINITY }
  for (let reach = 0.5; reach > 1e-5; reach /= 4) {
    const around = best
    for (let i = -8; i <= 8; i++)
      for (let j = -8; j <= 8; j++) {
        const [u, v] = [around.u + (reach * i) / 8, around.v + (reach * j) / 8]
        const value = of(along(x, u), along(y, v))
        if (value > best.value) best = { u, v, value }
      }
  }
  return { x: along(x, best.u), y: along(y, best.v), value: best.value }
}

await example("black-box-vs-reparameterized", ({ quick, check, picture }) =>
  Effect.gen(function* () {
    const shared = { particles: 4, seed: 1 }
    const steps = quick ? [20] : [3, 6, 10, 20, 40, 80, 150, 300, 600, 2000]
    const optimizer = Optimizer.adam((step) => 0.05 * (1 + Math.cos((Math.PI * step) / 2000)), { beta2: 0.99 })
    const variances: Array<{ readonly lane: string; readonly name: string; readonly x: number }> = []
    for (const each of quick ? cases.slice(0, 1) : cases) {
      const { name, begin, estimators, fit, measure, x, y } = each
      const elbo = elboOf(each)
      const best = largest(elbo, each)
      const paths: Array<{ readonly name: string; readonly points: ReadonlyArray<{ x: number; y: number }> }> = []
      for (const estimator of estimators) {
        const own = { ...shared, estimators: { z: estimator } }
        const points = [{ x: begin[0], y: begin[1] }]
        // a run is named by its seed: a fit of few steps is the beginning of a longer one
        for (const epochs of steps) {
          const fitted = yield* fit({ ...own, epochs, optimizer, progress: false })
          points.push({ x: fitted.parameter("a")[0] ?? Number.NaN, y: fitted.parameter("b")[0] ?? Number.NaN })
        }
        paths.push({ name: estimator.name, points })
        const end = points.at(-1) ?? { x: Number.NaN, y: Number.NaN }
        check(`${name}, ${estimator.name}: nats below the optimum`, best.value - elbo(end.x, end.y), "at most", 0.01)
        const places = { "at the start": begin, ...(!quick && { "at the optimum": [best.x, best.y] as const }) }
        for (const [place, [a, b]] of Object.entries(places)) {
          const start = { parameters: { a: Float32Array.of(a), b: Float32Array.of(b) } }
          const { rows } = yield* measure({ ...own, start, steps: quick ? 100 : 3000 })
          for (const { variance } of rows)
            variances.push({ lane: `${name}, ${place}`, name: estimator.name, x: variance })
        }
      }
      yield* picture(`${name}-surface`, (path) =>
        surface(path, {
          ...{ below: (a, b) => best.value - elbo(a, b), best, x, y, paths },
          title: `The ELBO of a ${name} guide, and fits by three estimators`
        })
      )
    }
    for (const { lane, name, x } of variances)
      console.log(`variance of the gradient: ${lane.padEnd(22)} ${name.padEnd(15)} ${x.toPrecision(3)}`)
    // at the optimum log p − log q hardly varies, and the score function with it, while a path keeps the score of a draw in its own log q
    const starts = variances.filter(({ lane }) => lane.endsWith("at the start"))
    for (const lane of new Set(starts.map(({ lane }) => lane))) {
      const [ofPath = Number.NaN, , ofScore = Number.NaN] = variances
        .filter((each) => each.lane === lane)
        .map(({ x }) => x)
      check(`${lane}: variance of the score function over that of the first`, ofScore / ofPath, "at least", 1)
    }
    yield* picture("variances", (path) =>
      lanes(path, { points: variances, x: "variance of the gradient, 4 draws", title: "Variance by the estimator" })
    )
  })
)
