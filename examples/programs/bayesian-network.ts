// A neural network whose weights are random: regression with a band of what the data leave open.
import { mkdir } from "node:fs/promises"
import {
  add,
  Data,
  dot,
  HalfNormal,
  LogNormal,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor,
  tanh
} from "../../src/index.ts"
import { band } from "../figures.ts"
import { compare, grid, random, settled } from "./answers.ts"

const network = program(function* () {
  const slopes = yield* sample("slopes", Normal(0, 2).iid(8))
  const offsets = yield* sample("offsets", Normal(0, 2).iid(8))
  const weights = yield* sample("weights", Normal(0, 1).iid(8))
  const noise = yield* sample("noise", HalfNormal(1))
  yield* plate("rows", function* (row: { x: Tensor<[]> }) {
    const hidden = tanh(add(mul(slopes, row.x), offsets))
    yield* observe("y", Normal(dot(hidden, weights), noise))
  })
}).guide(() => ({
  // the hidden units begin apart from each other: alike, all of them would learn the same
  slopes: Normal(param("slopes.loc", [8], [2, -2, 2, -2, 2, -2, 2, -2]), param.positive("slopes.scale", [8], 0.1)),
  offsets: Normal(param("offsets.loc", [8], [3, 3, 1, 1, -1, -1, -3, -3]), param.positive("offsets.scale", [8], 0.1)),
  weights: Normal(param("weights.loc", [8]), param.positive("weights.scale", [8], 0.1)),
  noise: LogNormal(param("noise.loc", -1.5), param.positive("noise.scale", 0.1))
}))

const truth = (x: number): number => Math.sin(2 * x) + 0.3 * x
const { uniform, normal } = random(7)
const made = (n: number) =>
  Array.from({ length: n }, () => 4 * uniform() - 2).map((x) => ({ x, y: truth(x) + 0.2 * normal() }))
const [train, test] = [made(100), made(400)]
const data = {
  rows: {
    x: Data.of(
      train.map(({ x }) => x),
      []
    ),
    y: Data.of(
      train.map(({ y }) => y),
      []
    )
  }
}
const fitted = await network.fitPromise(data, settled(2500, 0.03))

const n = 1000
const { slopes, offsets, weights, noise } = await fitted.sample(n)
/** The network's value at x for each draw of its weights. */
const values = (x: number): ReadonlyArray<number> =>
  Array.from({ length: n }, (_, k) =>
    Array.from({ length: 8 }, (_, j) => 8 * k + j).reduce(
      (sum, i) => sum + (weights.values[i] ?? 0) * Math.tanh((slopes.values[i] ?? 0) * x + (offsets.values[i] ?? 0)),
      0
    )
  )
const quantile = (xs: ReadonlyArray<number>, q: number): number =>
  xs.toSorted((a, b) => a - b)[Math.floor(q * xs.length)] ?? Number.NaN
const curve = grid(-3, 3, 120).map((x) => {
  const ys = values(x)
  return { x, low: quantile(ys, 0.025), middle: quantile(ys, 0.5), high: quantile(ys, 0.975) }
})
await mkdir("out/programs", { recursive: true })
await band("out/programs/bayesian-network.png", {
  curve,
  points: train,
  title: "95 % of the posterior of the network's value"
})

const inside = (x: number) => Math.abs(x) < 2
const widthWhere = (holds: (x: number) => boolean): number => {
  const widths = curve.filter(({ x }) => holds(x)).map(({ low, high }) => high - low)
  return widths.reduce((a, b) => a + b, 0) / widths.length
}
const within = curve.filter(({ x }) => inside(x))
const rms = Math.sqrt(within.reduce((sum, { x, middle }) => sum + (middle - truth(x)) ** 2, 0) / within.length)
const covered = test.filter(({ x, y }) => {
  const ys = values(x).map((value, k) => value + (noise.values[k] ?? 0) * normal())
  return quantile(ys, 0.025) < y && y < quantile(ys, 0.975)
}).length
compare(
  "Bayesian neural network",
  [
    { quantity: "error of the curve where data are", found: rms, known: 0, within: 0.1 },
    // of 400 new data 95 % lie in the band, give or take four standard errors of 1.1 % each
    { quantity: "new data in the 95 % band", found: covered / test.length, known: 0.95, within: 0.044 },
    { quantity: "noise", found: quantile(Array.from(noise.values), 0.5), known: 0.2, within: 0.06 }
  ],
  `The band is ${widthWhere(inside).toFixed(2)} wide where data are, and ${widthWhere((x) => !inside(x)).toFixed(2)} beyond them, which is too little: mean field`,
  "says less than it should far from the data (Foong et al. 2020). Drawn in out/programs/bayesian-network.png"
)
