// Probabilistic PCA: local latents with an amortised guide reach the maximum of the likelihood, which eigenvalues give.
import { Data, Net, Normal, observe, param, plate, program, sample } from "../../src/index.ts"
import { compare, random, settled } from "./answers.ts"
import { centred, covariance, eigen, farthest, rowsOf, times, transpose } from "./matrices.ts"

const encoder = Net.mlp([5, 2], { name: "encoder" })
const decoder = Net.mlp([2, 5], { name: "decoder" })
const pca = program(function* () {
  yield* plate("rows", function* () {
    const z = yield* sample("z", Normal(0, 1).iid(2))
    yield* observe("x", Normal(decoder(z), param.positive("noise", 1)))
  })
}).guide(() => ({
  rows: ({ x }) => ({ z: Normal(encoder(x), param.positive("z.scale", [2], 0.5)) })
}))

const { normal } = random(4)
const loadings = [
  [1.5, 0.2],
  [1.2, -0.4],
  [-0.9, 0.8],
  [0.3, 1.1],
  [0.1, -0.7]
]
const xs = centred(
  Array.from({ length: 200 }, () => {
    const z = [normal(), normal()]
    return loadings.map(([a = 0, b = 0]) => a * (z[0] ?? 0) + b * (z[1] ?? 0) + 0.5 * normal())
  })
)
const data = { rows: { x: Data.of(xs, [5]) } }
const fitted = await pca.fitPromise(data, { ...settled(3000, 0.02), batchSize: xs.length })

// Tipping and Bishop (1999), equations 7 and 8: the noise is the mean of the eigenvalues that are left out, and W Wᵀ = U (Λ − σ² I) Uᵀ.
const all = eigen(covariance(xs))
const variance = all.slice(2).reduce((sum, { value }) => sum + value, 0) / 3
const known =
  xs[0]?.map(
    (_, i) =>
      xs[0]?.map((_, j) =>
        all
          .slice(0, 2)
          .reduce((sum, { value, vector }) => sum + (value - variance) * (vector[i] ?? 0) * (vector[j] ?? 0), 0)
      ) ?? []
  ) ?? []
const logDet = Math.log(all[0]?.value ?? 0) + Math.log(all[1]?.value ?? 0) + 3 * Math.log(variance)
const logLikelihood = -0.5 * xs.length * (5 * Math.log(2 * Math.PI) + logDet + 5)
const w = rowsOf(fitted.parameter("decoder.0.weight"), 5)
compare("Probabilistic PCA: five columns, two components", [
  { quantity: "noise", found: fitted.parameter("noise")[0] ?? Number.NaN, known: Math.sqrt(variance), within: 0.005 },
  { quantity: "largest error of W Wᵀ", found: farthest(times(transpose(w), w), known), known: 0, within: 0.03 },
  {
    quantity: "ELBO, which reaches log p(x)",
    found: await fitted.elbo(data, { particles: 2000 }),
    known: logLikelihood,
    within: 0.5
  }
])
