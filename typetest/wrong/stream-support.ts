// message: Type '"real"' is not assignable to type
// message: for grey values use Data.binarize
// at: rows: streamed
import { Bernoulli, Data, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const coins = program(function* () {
  const w = yield* sample("w", Normal(0, 1))
  yield* plate("rows", (_row: { x: Tensor<[3]> }) => observe("y", Bernoulli({ logits: w })))
}).guide(() => ({ w: Normal(0, 1) }))
const streamed = Data.stream({ x: [3], y: [] }, [{ x: [1, 2, 3], y: 0 }])
export const fit = coins.fit({ rows: streamed })
