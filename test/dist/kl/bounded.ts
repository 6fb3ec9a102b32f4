import fc from "fast-check"
import { Beta } from "../../../src/dist/Beta.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { LogitNormal } from "../../../src/dist/LogitNormal.ts"
import { VonMises } from "../../../src/dist/VonMises.ts"

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })

const beta = fc.tuple(number(0.6, 4), number(0.6, 4)).map(([one, zero]) => Beta(one, zero))
const logitNormal = fc.tuple(number(-1, 1), number(0.3, 1.5)).map(([loc, scale]) => LogitNormal(loc, scale))
const vonMises = fc.tuple(number(-4, 4), number(0.1, 8)).map(([loc, k]) => VonMises(loc, k))

export const boundedPairs: ReadonlyArray<readonly [string, fc.Arbitrary<readonly [Dist, Dist]>]> = [
  ["KL(Beta ‖ Beta)", fc.tuple(beta, beta)],
  ["KL(LogitNormal ‖ LogitNormal)", fc.tuple(logitNormal, logitNormal)],
  ["KL(VonMises ‖ VonMises)", fc.tuple(vonMises, vonMises)]
]
