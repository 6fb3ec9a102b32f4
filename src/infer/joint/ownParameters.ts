import { type Id, type Node, nameOf } from "../../trace/Graph.ts"
import { type Joint, type LatentSite, latentSites, type Parameter } from "./Joint.ts"
import { paramInput } from "./names.ts"

/** A guide's site, with the trained parameters that are themselves parameters of its distribution. */
export interface OwnParameters {
  readonly site: LatentSite
  readonly family: string
  /** name of the distribution's parameter → the trained one that it is; nothing for one that is computed in another way */
  readonly trained: Readonly<Record<string, Parameter>>
}

/** Finds which parameters of the guide's distributions are trained values: of the sites whose parameters were recorded. */
export const ownParameters = (joint: Joint): ReadonlyArray<OwnParameters> => {
  const named = new Map(joint.parameters.map((parameter) => [paramInput(parameter.name), parameter]))
  const node = (id: Id | undefined): Node | undefined => (id === undefined ? undefined : joint.graph.nodes[id])
  const inputOf = (found: Node | undefined): Parameter | undefined =>
    found?.kernel === "Input" ? named.get(nameOf(found)) : undefined
  const trainedAt = (id: Id): Parameter | undefined => {
    const found = node(id)
    const direct = inputOf(found)
    if (direct !== undefined) return direct.support === "real" ? direct : undefined
    // `param.positive` is the exponential of the real numbers that are trained
    const parameter = found?.kernel === "Exp" ? inputOf(node(found.inputs[0])) : undefined
    return parameter?.support === "positive" ? parameter : undefined
  }
  return latentSites(joint).flatMap((site) => {
    const { guide, parameters } = site
    if (guide === undefined || site.blocked || parameters === undefined) return []
    const trained = Object.entries(parameters).flatMap(([name, id]) => {
      const parameter = trainedAt(id)
      return parameter === undefined ? [] : [[name, parameter] as const]
    })
    return [{ site, family: guide.family, trained: Object.fromEntries(trained) }]
  })
}
