import { GuideMismatch } from "../../../Errors.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { drawnValues } from "../../../model/handler/drawnValues.ts"
import { deriveValue } from "../../fit/derive.ts"
import type { Learned, Problem } from "../../fit/Learned.ts"
import { has, union } from "../../joint/bits.ts"
import { enumeratedAxes, enumeratedSites, type Joint, latentSites, type Parameter } from "../../joint/Joint.ts"
import { valuesAcross } from "../../joint/reach.ts"
import { recordJoint } from "../../joint/recordJoint.ts"
import { elbo } from "../../objective/elbo.ts"
import { type Prepared, shapesOf } from "../../run/prepared.ts"
import { sized } from "../../step/trainingLoop.ts"
import { givenGuide, valueOf } from "../proposal/givenGuide.ts"

/** What sweeps read, and what takes their values. */
export interface GibbsProblem {
  /** with its enumerated sites open: nothing is summed out of it */
  readonly joint: Joint
  /** the same program with the enumerated sites as latent ones, whose guide gives each of them a value */
  readonly given: Learned
  /** the values in order, and the site of each */
  readonly layout: ReadonlyArray<Parameter & { readonly site: string }>
}

/** @throws GuideMismatch for a program that cannot be swept, and the tagged errors of a recording */
export const gibbsProblem = (model: AnyProgram, data: Prepared, seed: number): GibbsProblem => {
  const shapes = shapesOf(data)
  const recorded = (program: AnyProgram): Joint =>
    recordJoint({ model: program, guide: { kind: "prior" } }, shapes, { scored: new Set(), enumerated: new Set() })
      .joint
  const joint = recorded(model)
  mustBeSwept(joint)
  const latent: AnyProgram = drawnValues(model)
  const sites = latentSites(recorded(latent))
  const inBranch = sites.find((site) => site.inBranch === true)
  if (inBranch !== undefined)
    throw refused(inBranch.name, "it stands in a branch. Enumerate it before the choice, and choose by its value")
  const guide = { kind: "program", make: () => givenGuide(sites, new Map()) } as const
  const guided = { model: latent, guide }
  const derived = deriveValue(guided, shapes, { objective: elbo, particles: 1, per: "total" })
  const rows = new Map(Object.entries(data.sizes))
  const layout = derived.joint.parameters.flatMap((parameter) => {
    const site = sites.find(({ name }) => valueOf(name) === parameter.name)?.name
    return site === undefined ? [] : [{ ...sized(parameter, rows), site }]
  })
  const problem: Problem = { guided: () => guided, per: "total" }
  const given: Learned = {
    ...{ problem, plan: derived.decisions.plan, shapes, derived },
    ...{ parameters: {}, history: [], sizes: data.sizes, seed, stopped: false }
  }
  return { joint, given, layout }
}

const refused = (site: string, reason: string): GuideMismatch => new GuideMismatch({ site, reason })

/** Each site must be one of few values, whose rows do not depend on each other given all others. */
const mustBeSwept = (joint: Joint): void => {
  const [latent] = latentSites(joint)
  if (latent !== undefined)
    throw refused(
      latent.name,
      "it is drawn by sample, and gibbs moves only sites that are marked by enumerate. Mark it if it is discrete; for continuous sites use nuts or hmc, which sum out the discrete ones, or give them values by condition"
    )
  const [parameter] = joint.parameters
  if (parameter !== undefined)
    throw refused(
      parameter.name,
      "it is a parameter of the model, which a fit learns and a sampler does not: give a number"
    )
  const [state] = joint.states ?? []
  if (state !== undefined)
    throw refused(
      state.name,
      "it stands in a scan, which sums it out exactly. Draw its states by the posterior of a fit, or by nuts"
    )
  if (enumeratedSites(joint).length === 0)
    throw refused("(program)", "it has no site that is marked by enumerate, so there is nothing to sample")
  const nested = enumeratedSites(joint).find(({ plates }) => plates.length > 1)
  if (nested !== undefined)
    throw refused(
      nested.name,
      `it stands in the plates [${nested.plates.join(", ")}], and gibbs takes one. Write one of them as a loop`
    )
  const together = union(
    valuesAcross(joint),
    joint.factors.map(({ node }) => node)
  )
  const axis = enumeratedAxes(joint).find((_, i) => has(together, i))
  if (axis !== undefined)
    throw refused(
      axis.label,
      "a density reads its values in all rows of a plate together, so that rows cannot be drawn at once. Enumerate it in a loop in place of the plate, a site for each row"
    )
}
