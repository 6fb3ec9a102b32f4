import { GuideMismatch } from "../../../Errors.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { drawnValues } from "../../../model/handler/drawnValues.ts"
import { enumeratedSites, type Joint } from "../../joint/Joint.ts"
import { recordJoint } from "../../joint/recordJoint.ts"
import { type Prepared, shapesOf } from "../../run/prepared.ts"
import { valueOf } from "../proposal/givenGuide.ts"
import { atPoints, pointName, type Target, targetOf } from "../target.ts"
import type { GibbsSettings } from "./gibbsSettings.ts"
import { type Group, groupsOf, plateReadTogether } from "./siteGroups.ts"

/** What sweeps read, and what takes their values. */
export interface GibbsProblem {
  /** with its enumerated sites open: nothing is summed out of it. Continuous sites stand at the points of real numbers */
  readonly joint: Joint
  /** the log density of these real numbers and the values of the enumerated sites, which are its last pieces */
  readonly target: Target
  /** the enumerated sites as a sweep draws them, one group after the other */
  readonly groups: ReadonlyArray<Group>
  /** the same sites in the order of the pieces */
  readonly sites: ReadonlyArray<string>
}

/** @throws GuideMismatch for a program that cannot be swept, InvalidOption for wrong blocks, and the tagged errors of a recording and of data that do not fit */
export const gibbsProblem = (
  model: AnyProgram,
  data: Prepared,
  { init, blocks }: Pick<GibbsSettings, "init" | "blocks">
): GibbsProblem => {
  const shapes = shapesOf(data)
  const { joint } = recordJoint(atPoints({ model, init }, shapes), shapes, { scored: new Set(), enumerated: new Set() })
  mustBeSwept(joint)
  const groups = groupsOf(joint, blocks)
  mustBeFewRows(joint, groups)
  const values = enumeratedSites(joint)
  const target = targetOf(drawnValues(model), data, init, undefined, values)
  const sites = target.layout.flatMap((piece) => values.find(({ name }) => valueOf(name) === piece.name)?.name ?? [])
  return { joint, target, groups, sites }
}

const refused = (site: string, reason: string): GuideMismatch => new GuideMismatch({ site, reason })

/** Some sites must be one of few values, and no plate stands in another one. */
const mustBeSwept = (joint: Joint): void => {
  const points = new Set(joint.sites.map(({ name }) => pointName(name)))
  const parameter = joint.parameters.find(({ name }) => !points.has(name))
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
    throw refused(
      "(program)",
      "it has no site that is marked by enumerate, so there is nothing to sample by sweeps. Take nuts or hmc for continuous sites"
    )
  const nested = enumeratedSites(joint).find(({ plates }) => plates.length > 1)
  if (nested !== undefined)
    throw refused(
      nested.name,
      `it stands in the plates [${nested.plates.join(", ")}], and gibbs takes one. Write one of them as a loop`
    )
}

/** How many rows are drawn one after the other: each is recorded for itself. */
const mostRows = 100

/** Rows that are read together are part of the graph. */
const mustBeFewRows = (joint: Joint, groups: ReadonlyArray<Group>): void => {
  for (const group of groups) {
    const plate = plateReadTogether(joint, group)
    if (plate !== undefined && plate.size > mostRows)
      throw refused(
        group[0].name,
        `a density reads its values in all ${plate.size} rows of the plate '${plate.label}' together, so that they are drawn one after the other, and gibbs does so for at most ${mostRows} rows. Read fewer rows together`
      )
  }
}
