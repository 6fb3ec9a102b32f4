// Factor analysis: each column has a noise of its own, and the factor is integrated out by a distribution of low rank.
import { Data, LowRankMultivariateNormal, observe, param, plate, program } from "../../src/index.ts"
import { compare, random, settled } from "./answers.ts"
import { centred, covariance, inner } from "./matrices.ts"

const factors = program(function* () {
  const loadings = param("loadings", [5, 1], 0.5)
  const noise = param.positive("noise", [5], 0.5)
  yield* plate("rows", () => observe("x", LowRankMultivariateNormal(0, loadings, noise)))
}).guide(() => ({}))

const { normal } = random(5)
const [true1, sds] = [
  [1, 0.8, -0.6, 0.5, 0.9],
  [0.4, 0.6, 0.5, 0.8, 0.3]
]
const xs = centred(
  Array.from({ length: 300 }, () => {
    const z = normal()
    return true1.map((w, j) => w * z + (sds[j] ?? 0) * normal())
  })
)
const data = { rows: { x: Data.of(xs, [5]) } }
const fitted = await factors.fitPromise(data, { ...settled(1500, 0.02), batchSize: xs.length, particles: 1 })

// The maximum of the likelihood by the EM algorithm of Rubin and Thayer (1982), for one factor: E[z | x] = βᵀ x, E[z² | x] = v + (βᵀ x)².
const s = covariance(xs)
let [w, psi]: readonly [ReadonlyArray<number>, ReadonlyArray<number>] = [s.map(() => 0.5), s.map(() => 0.5)]
for (let k = 0; k < 5000; k++) {
  const v = 1 / (1 + w.reduce((sum, x, j) => sum + x ** 2 / (psi[j] ?? 1), 0))
  const beta = w.map((x, j) => (v * x) / (psi[j] ?? 1))
  const sBeta = s.map((row) => inner(row, beta))
  const square = v + inner(beta, sBeta)
  w = sBeta.map((x) => x / square)
  psi = s.map((row, j) => (row[j] ?? 0) - (w[j] ?? 0) * (sBeta[j] ?? 0))
}
const logDet =
  Math.log1p(w.reduce((sum, x, j) => sum + x ** 2 / (psi[j] ?? 1), 0)) + psi.reduce((sum, x) => sum + Math.log(x), 0)
const logLikelihood = -0.5 * xs.length * (5 * Math.log(2 * Math.PI) + logDet + 5)
const [loadings, noise] = [fitted.parameter("loadings"), fitted.parameter("noise")]
compare("Factor analysis: five columns, one factor", [
  ...w.map((known, j) => ({ quantity: `loading ${j + 1}`, found: loadings[j] ?? Number.NaN, known, within: 0.005 })),
  ...psi.map((known, j) => ({ quantity: `noise ${j + 1}`, found: noise[j] ?? Number.NaN, known, within: 0.005 })),
  { quantity: "log p(x)", found: await fitted.elbo(data), known: logLikelihood, within: 0.1 }
])
