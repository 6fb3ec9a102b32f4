import type { Dist } from "../../dist/Dist.ts"
import { InvalidOption } from "../../Errors.ts"
import type { AutoSite, Earlier } from "./AutoSite.ts"
import { conditionalOf, normalOf, pointOf } from "./each.ts"
import { fullNormal, lowRankNormal, pieces, pointVector, type Vector, type VectorDist, vectorOf } from "./together.ts"
import { type FlowKind, flowed } from "./vectorFlow.ts"

/** A family of automatic guides, made by `Guide.normal()` and the others: what each latent site is drawn from, once a first run of the model has told them all. */
export interface AutoFamily {
  /** the field's name, such as `AutoNormal` */
  readonly auto: string
  /** whether a site inside of a plate may be guided: each row then has parameters of its own */
  readonly inPlates: boolean
  /** why it cannot guide that many real numbers, or undefined */
  readonly refuses: (size: number) => string | undefined
  /** the distribution of each site in one run, given those that were drawn before */
  readonly make: (sites: ReadonlyArray<AutoSite>) => (site: AutoSite, earlier: ReadonlyArray<Earlier>) => Dist
  /** the family that a fit ends with, if it is another one: its covariance is the inverse of the curvature at the mode */
  readonly atMode?: AutoFamily
}

export interface BeginningScale {
  /** standard deviation of the real numbers before the first step (0.1) */
  readonly scale?: number
}

const anySize = (): undefined => undefined

/** A family whose sites share one vector. */
const together = (
  auto: string,
  vector: (vector: Vector) => VectorDist,
  refuses: AutoFamily["refuses"] = anySize
): AutoFamily => ({
  auto,
  inPlates: false,
  refuses,
  make: (sites) => {
    const all = vectorOf(sites)
    let piece: ((site: AutoSite) => Dist) | undefined
    return (site) => {
      piece ??= pieces(auto, sites, vector(all))
      return piece(site)
    }
  }
})

const normal = ({ scale }: BeginningScale = {}): AutoFamily => {
  const begin = scaleFrom(scale)
  return { auto: "AutoNormal", inPlates: true, refuses: anySize, make: () => (site) => normalOf(site, begin) }
}

const delta = (): AutoFamily => ({ auto: "AutoDelta", inPlates: true, refuses: anySize, make: () => pointOf })

const structured = ({ scale }: BeginningScale = {}): AutoFamily => {
  const begin = scaleFrom(scale)
  return {
    auto: "AutoStructured",
    inPlates: true,
    refuses: anySize,
    make: () => (site, earlier) => conditionalOf(site, earlier, begin)
  }
}

const multivariateNormal = ({ scale }: BeginningScale = {}): AutoFamily => {
  const begin = scaleFrom(scale)
  return together("AutoMultivariateNormal", (vector) => fullNormal(vector, begin))
}

const lowRankNormal_ = ({ rank, scale }: BeginningScale & { readonly rank?: number } = {}): AutoFamily => {
  const begin = scaleFrom(scale)
  const columns = rank === undefined ? undefined : countFrom("rank", rank)
  return together("AutoLowRankNormal", (vector) =>
    lowRankNormal(vector, columns ?? Math.ceil(Math.sqrt(vector.size)), begin)
  )
}

/** How many real numbers AutoLaplace takes: its Hessian costs as many gradients, and has the square of it as numbers. */
const most = 500

const laplace = (): AutoFamily => ({
  ...together("AutoLaplace", pointVector, (size) =>
    size > most
      ? `AutoLaplace needs the curvature in ${size} directions, and ${most} at most can be had. Use Guide.lowRankNormal() or Guide.normal()`
      : undefined
  ),
  atMode: together("AutoLaplace", (vector) => fullNormal(vector, 1))
})

const flow = ({
  kind = "iaf",
  layers = 2,
  hidden = 32,
  scale
}: BeginningScale & {
  readonly kind?: FlowKind
  readonly layers?: number
  readonly hidden?: number
} = {}): AutoFamily => {
  if (!["iaf", "realNvp", "spline"].includes(kind))
    throw new InvalidOption({ option: "kind", value: JSON.stringify(kind), expected: '"iaf", "realNvp" or "spline"' })
  const how = { kind, layers: countFrom("layers", layers), hidden: countFrom("hidden", hidden) }
  const begin = scaleFrom(scale)
  return together(
    "AutoFlow",
    (vector) => flowed(vector, how, begin),
    (size) =>
      size === 1 && kind !== "iaf"
        ? `a flow of the kind "${kind}" lets one half of the numbers transform the other, and there is only one number. Use Guide.flow({ kind: "iaf" })`
        : undefined
  )
}

const scaleFrom = (scale = 0.1): number => {
  if (scale > 0 && Number.isFinite(scale)) return scale
  throw new InvalidOption({ option: "scale", value: String(scale), expected: "a number above 0" })
}

const countFrom = (option: string, value: number): number => {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidOption({ option, value: String(value), expected: "a whole number from 1" })
}

/**
 * Families of automatic guides for `autoGuide`. Each guides the real numbers that stand for a latent value, which the transform of its support (`Transform.fromReals`) maps
 * to the value.
 *
 * - `Guide.normal()`, AutoNormal: independent normals (mean field; Kucukelbir et al. 2017, section 2.3)
 * - `Guide.delta()`, AutoDelta: a point, so that the fit finds the maximum a posteriori of the values themselves
 * - `Guide.multivariateNormal()`, AutoMultivariateNormal: one normal with any covariance
 * - `Guide.lowRankNormal({ rank })`, AutoLowRankNormal: one normal with the covariance F Fᵀ + D, F of `rank` columns (√n)
 * - `Guide.laplace()`, AutoLaplace: the mode in the space of the real numbers, then the normal with the curvature there (MacKay 2003, chapter 27)
 * - `Guide.flow({ kind, layers, hidden })`, AutoFlow: a normalizing flow of one vector ("iaf", 2 layers, 32 units)
 * - `Guide.structured()`, AutoStructured: normals whose locations depend linearly on the sites before
 *
 * All but `delta` and `laplace` begin with the standard deviation `scale` (0.1). Normal, delta and structured guide sites inside of plates too, with parameters
 * for each row; the others do not.
 *
 * @throws InvalidOption for a scale that is not above 0, or a count that is no whole number from 1
 * @example
 * ```ts
 * const line = program(Effect.flatMap(sample("w", Normal(0, 1)), (w) => observe("y", Normal(w, 0.5))))
 * const guided = line.autoGuide(Guide.multivariateNormal())
 * ```
 */
export const Guide = {
  normal,
  delta,
  multivariateNormal,
  lowRankNormal: lowRankNormal_,
  laplace,
  flow,
  structured
}
