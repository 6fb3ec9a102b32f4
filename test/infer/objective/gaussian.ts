import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"

/** z ~ N(0, 1), x ~ N(z, ½), x = 0.7, q = N(m, s): every objective is an integral on a line. */
export const [x, m, s] = [0.7, 0.2, 0.9]
export const guided = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(param("m", m), param("s", s)))
export const copies = Dataset.of(new Float32Array(6000).fill(x), [])

const log = (v: number, loc: number, scale: number): number =>
  -0.5 * ((v - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
export const logP = (z: number): number => log(z, 0, 1) + log(x, z, 0.5)
export const logQ = (z: number, loc = m, scale = s): number => log(z, loc, scale)
export const logEvidence = log(x, 0, Math.sqrt(1.25))

/** ∫ f over the line, by the trapezoidal rule, which is exact to rounding for such functions. */
export const integral = (f: (z: number) => number): number => {
  const [n, end] = [4000, 12]
  let sum = 0
  for (let i = 0; i <= n; i++) sum += f(-end + (2 * end * i) / n)
  return (sum * 2 * end) / n
}

export const elboAt = (loc: number, scale: number): number =>
  integral((z) => Math.exp(logQ(z, loc, scale)) * (logP(z) - logQ(z, loc, scale)))

/** −E[log ½(w₁ + w₂)] on a grid of the noise. */
export const iwaeLoss = (loc: number, scale: number): number => {
  const n = 240
  const points = Array.from({ length: n + 1 }, (_, i) => -8 + (16 * i) / n)
  const weights = points.map((e) => {
    const z = loc + scale * e
    return { w: Math.exp(logP(z) - logQ(z, loc, scale)), p: (Math.exp(log(e, 0, 1)) * 16) / n }
  })
  let sum = 0
  for (const a of weights) for (const b of weights) sum -= a.p * b.p * Math.log(0.5 * (a.w + b.w))
  return sum
}

const h = 1e-3
/** The slopes of a function of loc and scale at m and s, by central differences. */
export const slopes = (f: (loc: number, scale: number) => number) => ({
  m: [(f(m + h, s) - f(m - h, s)) / (2 * h)],
  s: [(f(m, s + h) - f(m, s - h)) / (2 * h)]
})
