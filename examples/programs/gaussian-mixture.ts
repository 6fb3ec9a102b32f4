// A mixture of two normal distributions: which of them a number came from is summed out exactly.
import {
  at,
  Bernoulli,
  Beta,
  Data,
  enumerate,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  stack
} from "../../src/index.ts"
import { compare, expectations, grid, logNormal, moments, momentsOf, product, random, settled } from "./answers.ts"

const mixture = program(function* () {
  const low = yield* sample("low", Normal(-1, 1))
  const high = yield* sample("high", Normal(1, 1))
  const share = yield* sample("share", Beta(2, 2))
  yield* plate("rows", function* () {
    const group = yield* enumerate("group", Bernoulli({ probs: share }))
    yield* observe("x", Normal(at(stack([low, high]), group), 0.5))
  })
}).guide(() => ({
  low: Normal(param("low.loc", -1), param.positive("low.scale", 0.1)),
  high: Normal(param("high.loc", 1), param.positive("high.scale", 0.1)),
  share: Beta(param.positive("share.high", 5), param.positive("share.low", 5))
}))

const { uniform, normal } = random(3)
const xs = Array.from({ length: 60 }, () => (uniform() < 0.4 ? 1.2 : -0.8) + 0.5 * normal())
const fitted = await mixture.fitPromise({ rows: { x: Data.of(xs, []) } }, settled(800, 0.06))

const exact = expectations(
  product(grid(-1.4, -0.2, 40), grid(0.4, 2, 40), grid(0.1, 0.75, 40)),
  ([low = 0, high = 0, share = 0]) =>
    xs.reduce(
      (log, x) => {
        const [a, b] = [Math.exp(logNormal(x, low, 0.5)), Math.exp(logNormal(x, high, 0.5))]
        return log + Math.log((1 - share) * a + share * b)
      },
      logNormal(low, -1, 1) + logNormal(high, 1, 1) + Math.log(share * (1 - share))
    )
)
const { low, high, share } = await fitted.sample(20_000)
compare("Gaussian mixture, assignments summed out", [
  ...moments(
    "low",
    momentsOf(low.values),
    exact.of(([x = 0]) => x),
    0.1
  ),
  ...moments(
    "high",
    momentsOf(high.values),
    exact.of(([, x = 0]) => x),
    0.1
  ),
  ...moments(
    "share",
    momentsOf(share.values),
    exact.of(([, , x = 0]) => x),
    0.1
  )
])
