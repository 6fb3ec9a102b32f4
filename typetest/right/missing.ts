// A field with holes: its data are MissingRows, a guide supplies what is imputed, and reads the field by filled and seen.
import { Effect, Schema } from "effect"
import {
  add,
  Data,
  filled,
  imputed,
  type Missing,
  MultivariateNormal,
  marginal,
  mul,
  Normal,
  param,
  plate,
  program,
  sample,
  seen,
  type Tensor
} from "../../src/index.ts"

declare const covariance: Tensor<readonly [3, 3]>
const incomplete = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1).iid(3))
  yield* plate("rows", function* (row: { readonly y: Missing<Tensor<readonly [3]>>; readonly x: Tensor<readonly []> }) {
    const y: Tensor<readonly [3]> = yield* imputed("y", MultivariateNormal(mu, { covariance }), row.y)
    yield* marginal("again", MultivariateNormal(y, { covariance }), row.y)
  })
})
export const guided = incomplete.guide(() => ({
  mu: Normal(param("m", [3]), 1),
  rows: (row) => ({ "y.missing": Normal(add(filled(row.y, 0), mul(0.1, seen(row.y))), param.row.positive("s", [3])) })
}))
export const fitted = guided.fit({ rows: { y: Data.missing([1, null, 3], [3]), x: Data.of([1], []) } })

export const fromFile = Effect.gen(function* () {
  const { y, x } = yield* Data.csv("data.csv", Schema.Struct({ y: Schema.NullOr(Schema.Number), x: Schema.Number }))
  return { rows: { y, x } }
})
