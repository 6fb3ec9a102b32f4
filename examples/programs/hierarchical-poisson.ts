// Failures of ten pumps (Gaver and O'Muircheartaigh 1987): each has its own rate, and the rates have a Gamma distribution that is learned.
import {
  add,
  Data,
  div,
  Exponential,
  exp,
  Gamma,
  LogNormal,
  log,
  mul,
  observe,
  Poisson,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { compare, expectations, grid, moments, momentsOf, product, settled } from "./answers.ts"

type Pump = { time: Tensor<[]> }
const pumps = program(function* () {
  const shape = yield* sample("shape", Exponential(1))
  const inverse = yield* sample("inverse", Gamma(0.1, 1))
  yield* plate("pumps", function* (pump: Pump) {
    const rate = yield* sample("rate", Gamma(shape, inverse))
    yield* observe("failures", Poisson({ rate: mul(rate, pump.time) }))
  })
}).guideWith(function* () {
  // structured: the inverse scale follows the shape, and given both each rate is a Gamma distribution exactly
  const shape = yield* sample("shape", LogNormal(param("shape.loc", 0), param.positive("shape.scale", 0.5)))
  const middle = add(param("inverse.loc", 0), mul(param("inverse.slope", 0), log(shape)))
  const sharp = param.positive("inverse.sharp", 3)
  const inverse = yield* sample("inverse", Gamma(sharp, div(sharp, exp(middle))))
  yield* plate("pumps", function* (pump: Pump & { failures: Tensor<[]> }) {
    yield* sample("rate", Gamma(add(shape, pump.failures), add(inverse, pump.time)))
  })
})

const failures = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22]
const times = [94.3, 15.7, 62.9, 126, 5.24, 31.4, 1.05, 1.05, 2.1, 10.5]
const data = { pumps: { failures: Data.of(failures, [], "natural"), time: Data.of(times, []) } }
const fitted = await pumps.fitPromise(data, settled(3000, 0.03))

// With the rates integrated out the counts are negative binomial; what is left is a sum over a grid in the logarithms of both.
const lgamma = (x: number): number => {
  // Stirling's series after 8 steps of the recurrence: right to 1e-10 (Abramowitz and Stegun 1964, equation 6.1.41)
  const z = x + 8
  const steps = Array.from({ length: 8 }, (_, i) => Math.log(x + i)).reduce((a, b) => a + b, 0)
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * z) - 1 / (360 * z ** 3) - steps
}
const exact = expectations(product(grid(-4, 2.5, 160), grid(-8, 3, 240)), ([la = 0, lb = 0]) => {
  const [a, b] = [Math.exp(la), Math.exp(lb)]
  const prior = la - a + 0.1 * lb - b
  return failures.reduce(
    (sum, y, i) => sum + lgamma(a + y) - lgamma(a) + a * lb - (a + y) * Math.log(b + (times[i] ?? 0)),
    prior
  )
})
const rate = (i: number) => {
  const means = exact.of(([la = 0, lb = 0]) => (Math.exp(la) + (failures[i] ?? 0)) / (Math.exp(lb) + (times[i] ?? 0)))
  const variance = exact.of(
    ([la = 0, lb = 0]) => (Math.exp(la) + (failures[i] ?? 0)) / (Math.exp(lb) + (times[i] ?? 0)) ** 2
  )
  return { mean: means.mean, sd: Math.sqrt(means.sd ** 2 + variance.mean) }
}
const draws = await fitted.posterior(data, 20_000)
const rates = (i: number) => momentsOf(Array.from(draws.pumps.rate.values).filter((_, k) => k % failures.length === i))
compare("Hierarchical Poisson: ten pumps", [
  ...moments(
    "shape",
    momentsOf(draws.shape.values),
    exact.of(([la = 0]) => Math.exp(la)),
    0.1
  ),
  ...moments(
    "inverse",
    momentsOf(draws.inverse.values),
    exact.of(([, lb = 0]) => Math.exp(lb)),
    0.1
  ),
  ...failures.flatMap((_, i) => moments(`rate of pump ${i + 1}`, rates(i), rate(i), 0.03))
])
