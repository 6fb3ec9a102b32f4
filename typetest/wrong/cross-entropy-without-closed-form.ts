// message: no closed form for KL(LogNormal‖HalfNormal)
// at: crossEntropy(q, p)
import { crossEntropy, HalfNormal, LogNormal } from "../../src/index.ts"

const q = LogNormal(0, 1)
const p = HalfNormal(1)
export const bits = crossEntropy(q, p)
