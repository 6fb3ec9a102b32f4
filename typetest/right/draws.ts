import { Effect } from "effect"
import {
  Bernoulli,
  Data,
  type Dataset,
  deterministic,
  enumerate,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"

/** Draws of a posterior have an entry for each computed site, and for each that is summed out. */
const line = program(function* () {
  const slope = yield* sample("slope", Normal(0, 1))
  yield* deterministic("twice", mul(2, slope))
  yield* plate("rows", function* ({ x }: { readonly x: Tensor<readonly []> }) {
    const middle = yield* deterministic("middle", mul(slope, x))
    yield* observe("y", Normal(middle, 1))
  })
}).guide(() => ({ slope: Normal(param("loc", 0), param.positive("scale", 1)) }))

const groups = program(function* () {
  yield* plate("rows", function* () {
    const group = yield* enumerate("group", Bernoulli({ probs: 0.5 }))
    yield* deterministic("shift", mul(2, group))
    yield* observe("y", Normal(group, 1))
  })
}).guide(() => ({}))

export const draws = Effect.gen(function* () {
  const rows = { x: Data.of([1, 2], []), y: Data.of([2, 4], []) }
  const fitted = yield* line.fit({ rows })
  const drawn = yield* fitted.posterior({ rows }, 10)
  const twice: Dataset<readonly []> = drawn.twice
  const middle: Dataset = drawn.rows.middle
  const grouped = yield* (yield* groups.fit({ rows: { y: rows.y } })).posterior({ rows: { y: rows.y } }, 10)
  const group: Dataset = grouped.rows.group
  // it depends on a site that is summed out, and has no draw
  const shift: Dataset | undefined = grouped.rows.shift
  return [drawn.slope, twice, middle, group, shift]
})
