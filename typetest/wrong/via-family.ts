// message: Type '"Normal"' is not assignable to type '"Bernoulli" | "OneHotCategorical"'
// at: .via(rebar())
import { model, Normal, param, rebar } from "../../src/index.ts"

export const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1).via(rebar()))
