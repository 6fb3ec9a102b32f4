import fc from "fast-check"
import { Beta } from "../../../../src/dist/Beta.ts"
import { Kumaraswamy } from "../../../../src/dist/Kumaraswamy.ts"
import { LogitNormal } from "../../../../src/dist/LogitNormal.ts"
import { Uniform } from "../../../../src/dist/Uniform.ts"
import { VonMises } from "../../../../src/dist/VonMises.ts"
import { number, pairs } from "./Pair.ts"

const beta = fc.tuple(number(0.6, 4), number(0.6, 4)).map(([one, zero]) => Beta(one, zero))
// with an end at which the density is finite: float32 has no numbers between 1 and 1 − 6e-8, where the draws of a pole would lie
const kumaraswamy = fc.tuple(number(0.7, 3), number(1, 3)).map(([a, b]) => Kumaraswamy(a, b))
const wide = fc.tuple(number(-1, 0), number(1, 3)).map(([low, high]) => Uniform(low, high))
const logitNormal = fc.tuple(number(-1, 1), number(0.3, 1.5)).map(([loc, scale]) => LogitNormal(loc, scale))
const vonMises = fc.tuple(number(-4, 4), number(0.1, 8)).map(([loc, k]) => VonMises(loc, k))

export const boundedPairs = pairs({
  "KL(Beta ‖ Beta)": fc.tuple(beta, beta),
  "KL(Beta ‖ Uniform)": fc.tuple(beta, wide),
  "KL(Kumaraswamy ‖ Beta)": fc.tuple(kumaraswamy, beta),
  "KL(LogitNormal ‖ LogitNormal)": fc.tuple(logitNormal, logitNormal),
  "KL(VonMises ‖ VonMises)": fc.tuple(vonMises, vonMises)
})
