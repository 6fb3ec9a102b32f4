// message: Type '"mu"' is not assignable to type '"a" | "b"'
// at: blocks: [["a", "mu"]]
import { Bernoulli, enumerate, Normal, plate, program, sample } from "../../src/index.ts"

const mixed = program(function* () {
  const a = yield* enumerate("a", Bernoulli({ probs: 0.5 }))
  yield* sample("mu", Normal(a, 1))
  yield* plate("rows", () => enumerate("b", Bernoulli({ probs: 0.5 })))
})
export const swept = mixed.gibbs({ rows: 3 }, { blocks: [["a", "mu"]] })
