// Bayesian linear regression: a program with global latents and a plate, under a guide record and under a guide program.
import { Effect } from "effect"
import {
  type Dataset,
  dot,
  HalfNormal,
  LogNormal,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    same<Equal<typeof w, Tensor<readonly [3]>>>()
    const sigma = yield* sample("sigma", HalfNormal(1))
    const y = yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
    same<Equal<typeof y, Tensor<readonly []>>>()
  })
)

declare const x: Tensor<readonly [number, 3]>
declare const y: Tensor<readonly [number]>

const meanField = regression.guide(() => ({
  w: Normal(param("w.loc", [3]), param.positive("w.scale", [3])),
  sigma: LogNormal(param("sigma.loc", 0), param.positive("sigma.scale", 0.1))
}))
export const plan = meanField.explain({ rows: { x, y } })

export const fit = Effect.gen(function* () {
  const fitted = yield* meanField.fit({ rows: { x, y } }, { epochs: 100, validation: { rows: { x, y } } })
  const draws = yield* fitted.sample(100)
  same<
    Equal<typeof draws, { readonly w: Dataset<readonly [3], "real">; readonly sigma: Dataset<readonly [], "real"> }>
  >()
  return yield* fitted.elbo({ rows: { x, y } })
})

export const promise = async (): Promise<void> => {
  const fitted = await meanField.fitPromise({ rows: { x, y } })
  const { w } = await fitted.sample(10)
  same<Equal<typeof w, Dataset<readonly [3], "real">>>()
}

const structured = regression.guideWith(() =>
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(param("loc", [3]), 1))
    yield* sample("sigma", LogNormal(dot(w, w), 1))
  })
)
export const fitStructured = structured.fit({ rows: { x, y } })

// rows from a reader, as well as tensors
declare const points: Dataset<readonly [3], "real">
declare const targets: Dataset<readonly [], "real">
export const fitDatasets = meanField.fit({ rows: { x: points, y: targets } })
export const fitMixed = meanField.fit({ rows: { x: points, y } })
