import type { Gradient, Way } from "../../dist/Dist.ts"
import type { Support } from "../../dist/Support.ts"
import type { Init } from "../../model/Param.ts"
import type { Interval } from "../../tensor/Interval.ts"
import { type Shape, showShape } from "../../tensor/Tensor.ts"
import { type Graph, type Id, print } from "../../trace/Graph.ts"

/** A named dimension that the graph does not have yet: the rows of a plate, the particles, the values of an enumerated site. */
export interface Axis {
  /** unique among all axes of a joint */
  readonly name: string
  readonly kind: "plate" | "particle" | "enumerated"
  /** the user's name for it */
  readonly label: string
  /** inputs of the graph with one value for each position */
  readonly inputs: ReadonlySet<string>
  /** sites that are drawn anew at each position, and masks of nets */
  readonly sites: ReadonlySet<string>
  /** how many positions it has, if they are fixed: the values of an enumerated site, the rows of a plate that are collected, or read in order by a recurrence */
  readonly size?: number
}

/** The facts of a distribution that a plan reads. */
export interface DistFacts {
  readonly family: string
  readonly shape: Shape
  readonly support: Support
  readonly gradients: ReadonlyArray<Gradient>
  readonly remark: string | undefined
  /** how many values it can take, where they can be listed */
  readonly values: number | undefined
  /** whether an objective made with it is no bound on log p(x), for the reason in the remark */
  readonly noBound: boolean
  /** the numbers among which its draws lie */
  readonly range: Interval
  /** for draws whose path is right under periodic functions alone: their period */
  readonly period: number | undefined
  /** the estimator that the distribution itself asks for */
  readonly way: Way | undefined
}

/** A latent site in the graph. Its log densities are the factors of its name. */
export interface LatentSite {
  readonly kind: "latent"
  readonly name: string
  /** the user's names, outermost first */
  readonly plates: ReadonlyArray<string>
  readonly prior: DistFacts
  /** undefined where the value was given */
  readonly guide: DistFacts | undefined
  /** whether the program itself draws it from its prior: it has no factor, and its guide is its prior */
  readonly blocked: boolean
  /** the node of its value: a draw, or all values in turn on an axis of their own */
  readonly draw: Id
  /** the axis of its values, if it is enumerated */
  readonly axis: string | undefined
  /** log q of the draw as a constant: of sites that may need a score function */
  readonly score: Id | undefined
  /** the same for each event of a draw of several independent ones; `positions` are the leading dimensions along which they lie */
  readonly events: { readonly node: Id; readonly positions: Shape } | undefined
  /** whether it stands neither in a branch nor in a recurrence */
  readonly isPlain: boolean
  /** whether it stands in a branch, where its density counts only if the branch is taken */
  readonly inBranch?: boolean
  /** the parameters of the guide's distribution: of sites whose estimator reads them */
  readonly parameters: Readonly<Record<string, Id>> | undefined
  /** log p of the noise of a generalized reparameterization, at the noise as a constant: of sites that have such a draw */
  readonly noise: Pick<LatentSite, "score" | "events"> | undefined
  /** the closed form of KL(q ‖ p), where the table has one */
  readonly kl: Id | undefined
}

export interface ObservedSite {
  readonly kind: "observed"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly dist: DistFacts
  /** the input that holds its data; undefined for a value that the program gives */
  readonly input: string | undefined
  /** the node of its mask, for a distribution of which only some events count */
  readonly mask?: Id
}

/** A discrete site of the model that is summed out. */
export interface EnumeratedSite {
  readonly kind: "enumerated"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly prior: DistFacts
  readonly axis: string
}

/** A log density of the program's own: the factor of its name. */
export interface FactorSite {
  readonly kind: "factor"
  readonly name: string
  readonly plates: ReadonlyArray<string>
}

/** A computed value with a name. */
export interface DeterministicSite {
  readonly kind: "deterministic"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly node: Id
}

export type JointSite = LatentSite | ObservedSite | EnumeratedSite | FactorSite | DeterministicSite

/** One log density, for one position of its axes: not yet summed, nor combined with any other. */
export interface Factor {
  readonly site: string
  readonly role: "prior" | "likelihood" | "guide" | "factor"
  readonly node: Id
  /** the names of its axes, outermost first */
  readonly axes: ReadonlyArray<string>
  /** a factor of the log density; 1 where it is undefined */
  readonly scale: Id | undefined
}

/** A discrete site in a recurrence, which sums it out itself: its densities are part of those of the recurrence's other sites. */
export interface State {
  readonly name: string
  /** the user's names, outermost first, the sequence as the last one */
  readonly plates: ReadonlyArray<string>
  readonly shape: Shape
  /** its draw at one position given all data, if draws were recorded */
  readonly draw: Id | undefined
}

/** A trained value: real numbers, how they begin, and the support to which the program maps them. */
export interface Parameter {
  readonly name: string
  /** of one row for a per-row parameter */
  readonly shape: Shape
  readonly init: Init
  readonly support: Support
  /** for a per-row parameter the plate whose rows have one value each */
  readonly plate: string | undefined
}

/** One run of a program for ONE datum and ONE particle: plain data, and the starting point of every inference. */
export interface Joint {
  readonly graph: Graph
  readonly axes: ReadonlyArray<Axis>
  readonly sites: ReadonlyArray<JointSite>
  readonly factors: ReadonlyArray<Factor>
  readonly parameters: ReadonlyArray<Parameter>
  readonly states?: ReadonlyArray<State>
  /** log q of draws of the model, by the guide that reads the data drawn with them, where an objective asked for them */
  readonly dream?: ReadonlyArray<Factor>
}

export const latentSites = ({ sites }: Pick<Joint, "sites">): ReadonlyArray<LatentSite> =>
  sites.filter((site) => site.kind === "latent")

export const observedSites = ({ sites }: Pick<Joint, "sites">): ReadonlyArray<ObservedSite> =>
  sites.filter((site) => site.kind === "observed")

/** Finds the factor of a site by its role, in a table that is made once. */
export const factorsByRole = ({
  factors
}: Pick<Joint, "factors">): ((site: string, role: Factor["role"]) => Factor | undefined) => {
  const found = new Map(factors.map((factor) => [`${factor.role} ${factor.site}`, factor]))
  return (site, role) => found.get(`${role} ${site}`)
}

export const enumeratedSites = ({ sites }: Pick<Joint, "sites">): ReadonlyArray<EnumeratedSite> =>
  sites.filter((site) => site.kind === "enumerated")

export const enumeratedAxes = ({ axes }: Pick<Joint, "axes">): ReadonlyArray<Axis> =>
  axes.filter(({ kind }) => kind === "enumerated")

export const platesOf = ({ axes }: Pick<Joint, "axes">): ReadonlyArray<Axis> =>
  axes.filter(({ kind }) => kind === "plate")

/** The axis of the particles: every draw is made anew for each of them. */
export const particlesOf = ({ axes }: Pick<Joint, "axes">): Axis => {
  const axis = axes.find(({ kind }) => kind === "particle")
  if (axis === undefined) throw new RangeError("the joint has no axis of particles")
  return axis
}

/** Sites, factors and axes in words, then the graph. */
export const showJoint = (joint: Joint): string =>
  [
    ...joint.axes.map(
      ({ kind, label, sites }) => `axis ${kind} "${label}" with ${[...sites].join(", ") || "no latent site"}`
    ),
    ...joint.sites.map(inWords),
    ...joint.factors.map(
      ({ site, role, node, axes }) => `factor ${role} of ${site} = %${node} along [${axes.join(", ")}]`
    ),
    ...joint.parameters.map(
      ({ name, shape, plate }) =>
        `parameter ${name} ${showShape(shape)}${plate === undefined ? "" : ` for each row of "${plate}"`}`
    ),
    print(joint.graph)
  ].join("\n")

const inWords = (site: JointSite): string => {
  if (site.kind === "latent")
    return `latent ${site.name} = %${site.draw} ~ ${show(site.prior)}, guided by ${site.guide === undefined ? "nothing" : show(site.guide)}`
  if (site.kind === "observed") return `observed ${site.name} ~ ${show(site.dist)}`
  return site.kind === "enumerated" ? `enumerated ${site.name} ~ ${show(site.prior)}` : `${site.kind} ${site.name}`
}

/** `Normal [20]` */
export const show = ({ family, shape }: Pick<DistFacts, "family" | "shape">): string => `${family} ${showShape(shape)}`
