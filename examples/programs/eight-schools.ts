// Eight schools (Rubin 1981), centred and non-centred, by mean field: the second way is better, and neither is exact.
import {
  add,
  Data,
  HalfCauchy,
  LogNormal,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { compare, expectations, grid, logNormal, moments, momentsOf, settled } from "./answers.ts"

type School = { error: Tensor<[]> }
const population = () => ({
  mu: Normal(param("mu.loc", 0), param.positive("mu.scale", 1)),
  tau: LogNormal(param("tau.loc", 0), param.positive("tau.scale", 0.5))
})
const centred = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfCauchy(5))
  yield* plate("schools", function* (school: School) {
    const effect = yield* sample("effect", Normal(mu, tau))
    yield* observe("y", Normal(effect, school.error))
  })
}).guide(() => ({
  ...population(),
  schools: () => ({ effect: Normal(param.row("loc", 0), param.row.positive("scale", 1)) })
}))
const nonCentred = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfCauchy(5))
  yield* plate("schools", function* (school: School) {
    const z = yield* sample("z", Normal(0, 1))
    yield* observe("y", Normal(add(mu, mul(tau, z)), school.error))
  })
}).guide(() => ({
  ...population(),
  schools: () => ({ z: Normal(param.row("loc", 0), param.row.positive("scale", 1)) })
}))

const ys = [28, 8, -3, 7, -1, 1, 18, 12]
const errors = [15, 10, 16, 11, 9, 11, 10, 18]
const data = { schools: { y: Data.of(ys, []), error: Data.of(errors, []) } }

// Without the effects y ~ N(mu, tau² + error²), so that mu is normal given tau, and tau is one integral (Gelman et al. 2013, section 5.4).
const given = (tau: number) => {
  const weights = errors.map((error) => 1 / (tau ** 2 + error ** 2))
  const precision = weights.reduce((sum, w) => sum + w, 1 / 25)
  const mean = weights.reduce((sum, w, i) => sum + w * (ys[i] ?? 0), 0) / precision
  const log = weights.reduce((sum, w, i) => sum + logNormal(ys[i] ?? 0, mean, 1 / Math.sqrt(w)), 0)
  return {
    mean,
    variance: 1 / precision,
    log: log + logNormal(mean, 0, 5) - logNormal(mean, mean, 1 / Math.sqrt(precision))
  }
}
const step = 0.01
const taus = grid(0, 400, 400 / step)
const exact = expectations(taus, (tau) => given(tau).log + Math.log(2 / (Math.PI * 5 * (1 + (tau / 5) ** 2))))
const evidence = exact.logSum + Math.log(step)
const mus = exact.of((tau) => given(tau).mean)
const mu = { mean: mus.mean, sd: Math.sqrt(exact.of((tau) => given(tau).variance).mean + mus.sd ** 2) }
const tau = exact.of((x) => x)

// posteriordb, eight_schools-eight_schools_noncentered: 10,000 draws of Stan (Magnusson et al. 2024).
compare("Eight schools: quadrature beside Stan's draws", [
  ...moments("mu", mu, { mean: 4.41, sd: 3.31 }, 0.02),
  ...moments("tau", tau, { mean: 3.6, sd: 3.2 }, 0.02)
])

const fits = {
  centred: await centred.fitPromise(data, settled(4000, 0.03)),
  nonCentred: await nonCentred.fitPromise(data, settled(4000, 0.03))
}
const found = await fits.nonCentred.sample(50_000)
const far = await fits.centred.sample(50_000)
const shown = ({ mean, sd }: { readonly mean: number; readonly sd: number }) => `${mean.toFixed(2)} ± ${sd.toFixed(2)}`
compare(
  "\nEight schools, non-centred, by mean field",
  [
    ...moments("mu", momentsOf(found.mu.values), mu, 0.1),
    // the optimum of mean field, and not the posterior
    ...moments("tau", momentsOf(found.tau.values), { mean: 2.93, sd: 2.47 }, 0.1),
    {
      quantity: "log p(y)",
      found: await fits.nonCentred.logMarginal(data, { particles: 20_000 }),
      known: evidence,
      within: 0.05
    }
  ],
  `Mean field cannot hold this posterior: its tau is ${shown(momentsOf(found.tau.values))}, the exact one ${shown(tau)}.`,
  `Centred it is worse: ${shown(momentsOf(far.tau.values))}, for tau and the effects depend on each other more.`,
  `ELBO: centred ${(await fits.centred.elbo(data, { particles: 5000 })).toFixed(2)}, non-centred ${(await fits.nonCentred.elbo(data, { particles: 5000 })).toFixed(2)}, log p(y) ${evidence.toFixed(2)}`
)
