// Seeing, doing, and what would have been: the ill take a higher dose, and the outcome depends on both.
import { add, condition, counterfactual, intervene, mul, Normal, param, program, sample } from "../../src/index.ts"
import { compare, moments, momentsOf, settled } from "./answers.ts"

const study = program(function* () {
  const illness = yield* sample("illness", Normal(0, 1))
  const dose = yield* sample("dose", Normal(mul(0.8, illness), 0.6))
  const effect = add(0.5, mul(0.3, illness))
  return yield* sample("outcome", Normal(add(mul(effect, dose), illness), 0.5))
})
const guess = () => ({
  illness: Normal(param("illness", 0), param.positive("illness.spread", 0.8)),
  outcome: Normal(param("outcome", 0), param.positive("outcome.spread", 0.8))
})
const seeing = program(condition(study, { dose: 1 })).guide(guess)
const doing = program(intervene(study, { dose: 1 })).guide(guess)
// a person who took dose 1 and had outcome 2: what would it have been with dose 0?
const question = counterfactual(study, {
  given: { dose: 1, outcome: 2 },
  intervene: { dose: 0 },
  query: ["outcome"]
})
const wouldHaveBeen = program(question).guide(() => ({ illness: guess().illness }))

const seen = await seeing.fitPromise({}, settled(1500, 0.05))
const done = await doing.fitPromise({}, settled(1500, 0.05))
const twin = await wouldHaveBeen.fitPromise({}, settled(1500, 0.05))

// Seeing dose 1 says that the person is probably ill, E[illness | dose] = 0.8 / (0.8² + 0.6²); giving it does not. All is normal here, so that the means of mean field are those of the posterior.
const illSeen = 0.8 / (0.8 ** 2 + 0.6 ** 2)
const outcomeAt = (illness: number): number => 0.5 + 1.3 * illness
// The three steps of Pearl, Glymour and Jewell (2016), section 4.2: the illness given dose and outcome, the noise that it leaves, and the outcome of dose 0 with both. Outcome = 0.5 + 1.3 illness + noise at dose 1.
const precision = 1 + 0.64 / 0.36 + 1.69 / 0.25
const illKnown = (0.8 / 0.36 + (1.3 * 1.5) / 0.25) / precision
const other = momentsOf((await twin.posterior({}, 20_000))["twin.outcome"].values)
compare("A treatment with a common cause: seeing, doing, and what would have been", [
  {
    quantity: "E[outcome | dose = 1]",
    found: seen.parameter("outcome")[0] ?? 0,
    known: outcomeAt(illSeen),
    within: 0.02
  },
  {
    quantity: "E[outcome | do(dose = 1)]",
    found: done.parameter("outcome")[0] ?? 0,
    known: outcomeAt(0),
    within: 0.02
  },
  ...moments("outcome, had dose been 0", other, { mean: 2 - 0.5 - 0.3 * illKnown, sd: 0.3 / Math.sqrt(precision) }, 0.1)
])
