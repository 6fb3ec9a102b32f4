// Rows of a plate as a stream: fields and supports are in its type.
import { Effect, Stream } from "effect"
import {
  Bernoulli,
  Data,
  type Dataset,
  dot,
  model,
  Normal,
  observe,
  plate,
  program,
  type RowStream,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const regression = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(3))
  yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Bernoulli({ logits: dot(row.x, w) })))
}).guide(() => ({ w: Normal(0, 1).iid(3) }))

const rows = async function* () {
  yield { x: [1, 2, 3], y: 0 }
}
const fields = { x: [3], y: { event: [], support: "boolean" } } as const
const streamed = Data.stream(fields, rows, { rows: 1, shuffle: 10, seed: 3 })
same<
  Equal<
    typeof streamed,
    RowStream<{ readonly x: Dataset<readonly [3], "real">; readonly y: Dataset<readonly [], "boolean"> }>
  >
>()
export const fits = [
  regression.fit({ rows: streamed }),
  regression.fit({ rows: Data.stream(fields, Stream.make({ x: [1, 2, 3], y: 0 })) }),
  regression.fit({
    rows: Data.stream(fields, Stream.fromEffect(Effect.succeed({ x: Float32Array.of(1, 2, 3), y: 0 })))
  }),
  regression.fit({ rows: Data.stream(fields, [{ x: Data.of([1, 2, 3], [3]), y: Data.of([0], []) }]) }),
  regression.fitPromise({ rows: Data.stream(fields, (pass) => [{ x: [pass, 2, 3], y: 0 }]) })
]

const vae = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(0, 1))
export const ofOneField = vae.fit(Data.stream({ x: [] }, [{ x: 1 }]))
