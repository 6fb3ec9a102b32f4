// A value of the program's own, such as a field of the row, is scored by `observe` and not asked of the data; the program keeps its result.
import { Effect } from "effect"
import {
  type Dataset,
  Normal,
  observe,
  type Program,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const measured = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    yield* plate("rows", (row: { readonly height: Tensor<readonly []>; readonly scale: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("height", Normal(z, row.scale), row.height)
      })
    )
    return mu
  })
)
type Result = typeof measured extends Program<infer A, infer _L, infer _O, infer _R> ? A : never
same<Equal<Result, Tensor<readonly []>>>()

declare const height: Tensor<readonly [number]>
declare const scale: Tensor<readonly [number]>
const guided = measured.guide(() => ({
  mu: Normal(param("mu", 0), 1),
  rows: () => ({ z: Normal(param.row("z.loc", 0), param.row.positive("z.scale", 1)) })
}))
export const fit = guided.fit({ rows: { height, scale } })
export const draws = Effect.flatMap(fit, (fitted) => fitted.posterior({ rows: { height, scale } }, 3))
type Drawn = Effect.Success<typeof draws>
same<Equal<Drawn["mu"], Dataset<readonly [], "real">>>()
same<Equal<Drawn["rows"]["z"], Dataset<ReadonlyArray<number>, "real">>>()
same<Equal<keyof Drawn, "mu" | "rows">>()
export const marginal = Effect.flatMap(fit, (fitted) => fitted.logMarginal({ rows: { height, scale } }))
