import * as tf from "@tensorflow/tfjs"
import { Delta } from "../../dist/Delta.ts"
import type { Dist } from "../../dist/Dist.ts"
import { Normal } from "../../dist/Normal.ts"
import { sizeOf, typed } from "../../tensor/Tensor.ts"
import { type AutoSite, type Earlier, learned, learnedPositive, mapped, remarked, shaped } from "./AutoSite.ts"

/** The names of a site's own parameters: `auto.w.loc`. */
const own = ({ name }: AutoSite, what: string): string => `auto.${name}.${what}`

const locOf = (site: AutoSite): tf.Tensor => learned(own(site, "loc"), site.real, site.start, site)

/** Independent normals: real numbers u ~ N(loc, scale²), of which the value is the image on the support. */
export const normalOf = (site: AutoSite, scale: number): Dist => {
  const normal = Normal(typed(locOf(site)), typed(learnedPositive(own(site, "scale"), site.real, scale, site)))
  return remarked(mapped(site, normal), "AutoNormal")
}

/** A certain value: the bound is then log p(data, value), whose maximum is the mode of the posterior on the support itself. */
export const pointOf = (site: AutoSite): Dist =>
  remarked(Delta(typed(site.way().forward(locOf(site))), site.support), "AutoDelta: maximum a posteriori")

/** The value that certain real numbers u stand for: its bound is the log density of u itself, log p(data, value) + log|det ∂value/∂u|. */
export const pointOnReals = (site: AutoSite): Dist => mapped(site, Delta(typed(locOf(site))))

/**
 * A normal whose location depends linearly on the real numbers of all sites that were drawn before: u ~ N(loc + W u_before, scale²). In a plate each row has a location and
 * a W of its own.
 */
export const conditionalOf = (site: AutoSite, earlier: ReadonlyArray<Earlier>, scale: number): Dist => {
  const before = earlier.map(({ reals }) => reals())
  const [size, count] = [sizeOf(site.real), before.reduce((sum, reals) => sum + reals.size, 0)]
  const loc = (): tf.Tensor => {
    if (count === 0) return locOf(site)
    const weights = learned(own(site, "weights"), [size, count], 0, site)
    const shift = tf.matMul(weights, tf.reshape(tf.concat(before), [count, 1]))
    return tf.add(locOf(site), shaped(shift, site.real))
  }
  const normal = Normal(typed(loc()), typed(learnedPositive(own(site, "scale"), site.real, scale, site)))
  const on = earlier.map(({ site }) => site.name).join(", ")
  return remarked(
    mapped(site, normal),
    count === 0 ? "AutoStructured" : `AutoStructured: its location is linear in ${on}`
  )
}
