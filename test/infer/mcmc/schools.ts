import { Dataset } from "../../../src/data/Dataset.ts"
import { HalfCauchy } from "../../../src/dist/HalfCauchy.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { program } from "../../../src/infer/program/program.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"

/** Eight schools, non-centred. */
export const schools = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfCauchy(5))
  yield* plate("schools", function* (row: { readonly s: Tensor<readonly []> }) {
    const t = yield* sample("t", Normal(0, 1))
    yield* observe("y", Normal(add(mu, mul(tau, t)), row.s))
  })
})

export const schoolsData = {
  schools: {
    y: Dataset.of([28, 8, -3, 7, -1, 1, 18, 12], []),
    s: Dataset.of([15, 10, 16, 11, 9, 11, 10, 18], [])
  }
}

/** E[mu] and E[log tau] with the schools' effects integrated out: y ~ N(mu, s² + tau²). */
export const schoolsByQuadrature = (): { readonly mu: number; readonly logTau: number } => {
  const [y, s] = [schoolsData.schools.y.values, schoolsData.schools.s.values]
  let [total, mu, logTau] = [0, 0, 0]
  for (let u = -10; u < 6; u += 0.02)
    for (let m = -30; m < 40; m += 0.25) {
      const tau = Math.exp(u)
      let log = -(m ** 2) / 50 - Math.log1p((tau / 5) ** 2) + u
      for (const [i, each] of y.entries()) {
        const variance = (s[i] ?? 1) ** 2 + tau ** 2
        log -= ((each - m) ** 2 / variance + Math.log(variance)) / 2
      }
      const weight = Math.exp(log)
      total += weight
      mu += weight * m
      logTau += weight * u
    }
  return { mu: mu / total, logTau: logTau / total }
}
