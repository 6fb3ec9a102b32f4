// Weeks of remission of leukaemia under a drug and a placebo (Freireich et al. 1963): for some patients only a lower limit is known.
import {
  at,
  Censored,
  Data,
  Exponential,
  Gamma,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { compare, moments, momentsOfEntry, settled } from "./answers.ts"

const survival = program(function* () {
  const hazard = yield* sample("hazard", Gamma(1, 10).iid(2))
  yield* plate("patients", function* (patient: { drug: Tensor<[]>; followed: Tensor<[]> }) {
    const lifetime = Exponential(at(hazard, patient.drug))
    yield* observe("weeks", Censored(lifetime, 0, patient.followed))
  })
}).guide(() => ({ hazard: Gamma(param.positive("events", [2], 5), param.positive("exposure", [2], 100)) }))

// A remission that ended is known by its length; of the others (+) the weeks that the patient was followed.
const drug = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split(" ")
const placebo = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23".split(" ")
const patients = [placebo, drug].flatMap((group, drug) =>
  group.map((text) => ({ drug, weeks: Number.parseInt(text, 10), ended: !text.endsWith("+") }))
)
const endOfStudy = 52
const data = {
  patients: {
    drug: Data.of(
      patients.map(({ drug }) => drug),
      []
    ),
    weeks: Data.of(
      patients.map(({ weeks }) => weeks),
      []
    ),
    followed: Data.of(
      patients.map(({ weeks, ended }) => (ended ? endOfStudy : weeks)),
      []
    )
  }
}
const fitted = await survival.fitPromise(data, settled(2500, 0.05))

// Gamma(1 + remissions that ended, 10 + all weeks): the exponential with right censoring is conjugate (Gelman et al. 2013, section 2.8).
const { hazard } = await fitted.sample(20_000)
const known = (group: number) => {
  const own = patients.filter(({ drug }) => drug === group)
  const events = 1 + own.filter(({ ended }) => ended).length
  const exposure = own.reduce((sum, { weeks }) => sum + weeks, 10)
  return { mean: events / exposure, sd: Math.sqrt(events) / exposure }
}
compare("Survival with censoring: relapses a week", [
  ...moments("placebo", momentsOfEntry(hazard.values, 0, 2), known(0), 0.05),
  ...moments("drug", momentsOfEntry(hazard.values, 1, 2), known(1), 0.05)
])
