import type { Point } from "./Row.ts"

/** Points and weights: Σ wᵢ·p(xᵢ)·f(xᵢ) is E[f(x)], by quadrature for a density and by enumeration for a mass. */
export interface Domain {
  readonly kind: "density" | "mass"
  readonly points: ReadonlyArray<Point>
  readonly weights: ReadonlyArray<number>
}

/** The trapezoid rule over t for ∫ f(x(t))·x′(t) dt, with the points in float32, in which densities are asked. */
const trapezoid = (
  x: (t: number) => number,
  slope: (t: number) => number,
  from: number,
  to: number,
  inside: (x: number) => boolean = () => true,
  n = 1000
): Domain => {
  const h = (to - from) / n
  const ts = Array.from({ length: n + 1 }, (_, i) => from + i * h).filter((t) => inside(Math.fround(x(t))))
  return { kind: "density", points: ts.map((t) => Math.fround(x(t))), weights: ts.map((t) => h * slope(t)) }
}

const half = Math.PI / 2

/** (−∞, ∞) by x = center + scale·sinh(½π sinh t) (Takahasi and Mori 1974): exact for tails light and heavy. */
export const line = (center: number, scale: number): Domain =>
  trapezoid(
    (t) => center + scale * Math.sinh(half * Math.sinh(t)),
    (t) => scale * Math.cosh(half * Math.sinh(t)) * half * Math.cosh(t),
    -3.2,
    3.2
  )

/** The same without what lies 16 scales and more from the center, for tails like those of a normal distribution: none of it has a mass. */
export const bell = (center: number, scale: number): Domain =>
  trapezoid(
    (t) => center + scale * Math.sinh(half * Math.sinh(t)),
    (t) => scale * Math.cosh(half * Math.sinh(t)) * half * Math.cosh(t),
    -1.536,
    1.536,
    () => true,
    480
  )

/** (0, ∞) by x = scale·exp(½π sinh t). */
export const halfLine = (scale: number): Domain =>
  trapezoid(
    (t) => scale * Math.exp(half * Math.sinh(t)),
    (t) => scale * Math.exp(half * Math.sinh(t)) * half * Math.cosh(t),
    -4,
    3.4
  )

/** (low, ∞). */
export const halfLineFrom = (low: number, scale: number): Domain => {
  const domain = halfLine(scale)
  return { ...domain, points: domain.points.map((x) => Math.fround(low + Number(x))) }
}

/** (low, high) by the tanh-sinh rule. */
export const interval = (low: number, high: number): Domain =>
  trapezoid(
    (t) => low + (high - low) / (1 + Math.exp(-Math.PI * Math.sinh(t))),
    (t) => ((high - low) * Math.PI * Math.cosh(t)) / (2 + 2 * Math.cosh(Math.PI * Math.sinh(t))),
    -3.2,
    3.2,
    (x) => x > low && x < high
  )

/** All values of a discrete distribution, or all but some of a mass below 1e-6. */
export const values = (points: ReadonlyArray<Point>): Domain => ({ kind: "mass", points, weights: points.map(() => 1) })

export const integers = (from: number, to: number): Domain =>
  values(Array.from({ length: to - from + 1 }, (_, i) => from + i))

/** Vectors of one number from each of some domains; every `stride`th point of each is taken. */
export const product = (domains: ReadonlyArray<Domain>, stride = 20): Domain => {
  let points: ReadonlyArray<ReadonlyArray<number>> = [[]]
  let weights: ReadonlyArray<number> = [1]
  for (const domain of domains) {
    const taken = domain.kind === "mass" ? domain.points.map((_, i) => i) : everyNth(domain.points.length, stride)
    const factor = domain.kind === "mass" ? 1 : stride
    const before = weights
    weights = before.flatMap((weight) => taken.map((i) => weight * factor * (domain.weights[i] as number)))
    points = points.flatMap((point) => taken.map((i) => [...point, domain.points[i] as number]))
  }
  return { kind: domains.every(({ kind }) => kind === "mass") ? "mass" : "density", points, weights }
}

const everyNth = (length: number, n: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(length / n) }, (_, i) => i * n)
