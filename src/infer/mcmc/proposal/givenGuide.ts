import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Delta } from "../../../dist/Delta.ts"
import type { Dist } from "../../../dist/Dist.ts"
import { GuideMismatch } from "../../../Errors.ts"
import type { AnyGuideRecord, AnyProgram } from "../../../model/Guided.ts"
import { currentStore } from "../../../model/Param.ts"
import { plate, sample } from "../../../model/Site.ts"
import { typed } from "../../../tensor/Tensor.ts"
import type { LatentSite } from "../../joint/Joint.ts"
import type { NetNames } from "../../joint/recordedWorld.ts"
import { nameNets } from "../fittedParameters.ts"

/** What is known of a site to which a value is given. */
export type GivenSite = Pick<LatentSite, "name" | "prior" | "plates">

/** The parameter that is the value of a site. */
export const valueOf = (site: string): string => `value of ${site}`

/**
 * A guide that gives each latent site a value of its own: a parameter, in a plate one for each row.
 *
 * @param nets the names that nets had in the fit
 * @throws GuideMismatch for a site in several plates
 */
export const givenGuide = (sites: ReadonlyArray<LatentSite>, nets: NetNames): AnyProgram => {
  const nested = sites.find(({ plates }) => plates.length > 1)
  if (nested !== undefined)
    throw new GuideMismatch({
      site: nested.name,
      reason: `it stands in the plates [${nested.plates.join(", ")}], and values for each row go by one plate: draw from the guide (posterior), whose weights diagnose tells`
    })
  const within = (label: string | undefined): ReadonlyArray<LatentSite> =>
    sites.filter(({ plates }) => plates[0] === label)
  return Effect.gen(function* () {
    yield* Effect.sync(() => nameNets(nets))
    for (const site of within(undefined)) yield* sample(site.name, certain(site))
    for (const label of new Set(sites.flatMap(({ plates }) => plates)))
      yield* plate(label, () => Effect.forEach(within(label), (site) => sample(site.name, certain(site))))
  })
}

/**
 * The same as a record, for discrete sites in one plate at most. A value has the density of one among all values: where a branch is not taken, the prior of its sites is the guide, and this is their prior where they are
 * enumerated.
 */
export const givenRecord = (sites: ReadonlyArray<GivenSite>): AnyGuideRecord => {
  const within = (label: string | undefined): AnyGuideRecord =>
    Object.fromEntries(sites.flatMap((site) => (site.plates[0] === label ? [[site.name, oneOfAll(site)]] : [])))
  const labels = new Set(sites.flatMap(({ plates }) => plates))
  return { ...within(undefined), ...Object.fromEntries([...labels].map((label) => [label, () => within(label)])) }
}

const oneOfAll = (site: GivenSite): Dist => {
  const point = certain(site)
  const logProb: Dist["logProb"] = () => typed<readonly []>(tf.scalar(-Math.log(site.prior.values ?? 1)))
  const sampleAndLogProb: Dist["sampleAndLogProb"] = (key) => ({
    value: point.sample(key),
    logProb: logProb(point.mean())
  })
  // a name of its own, since the divergence of a Delta is known without its density
  return { ...point, family: "Given", logProb, sampleAndLogProb }
}

/** A value that a parameter gives, on the support of the prior, which may be one of masses. */
const certain = ({ name, prior: { shape, support }, plates }: GivenSite): Dist => {
  const init = { kind: "constant", value: 0 } as const
  const value = currentStore(name).get({ name: valueOf(name), shape, init, support: "real", plate: plates[0] })
  return { ...Delta(typed<ReadonlyArray<number>>(tf.reshape(value, [...shape]))), support }
}
