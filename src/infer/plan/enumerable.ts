import type { Id } from "../../trace/Graph.ts"
import { asking } from "../estimator/Estimator.ts"
import { bit, bitsWhere, has, union } from "../joint/bits.ts"
import { expectation, type Join, type Made, type Piece } from "../joint/eliminate.ts"
import { type Factor, factorsByRole, type Joint, type LatentSite, latentSites } from "../joint/Joint.ts"
import { drawsAcross, drawsRead, type Reach } from "../joint/reach.ts"
import type { Objective } from "../objective/Objective.ts"

/** The largest number of combinations of values in one term of the loss: if the library chooses enumeration, and if it was asked for by name. */
const [chosenLimit, askedLimit] = [256, 65_536]
/** The same where only some of the sites of a term can be summed over: what is left has a variance, as rows have in minibatches, for which many values are too dear. */
const partLimit = 16

/**
 * The discrete sites that cannot be enumerated, with the reason: the objective is not a sum of expectations, or there are too many combinations of
 * values in one term of the loss or in an intermediate sum.
 *
 * Of the sites of such a term those stay with which the data are observed, if they have few values: the terms of the data, which are most of the loss, are then sums over whole sites, and to the others are left
 * terms between the model's layers. Where it is a term of the data that has too many combinations none of its sites stays: to sum over some of twenty coins takes as many evaluations as they have values, and leaves the
 * variance of the others.
 */
export const notEnumerable = (
  joint: Joint,
  costs: ReadonlySet<Id>,
  objective: Objective,
  isAsked: (site: LatentSite) => boolean
): ReadonlyMap<string, string> => {
  const sites = latentSites(joint)
  const refused = new Map<string, string>()
  const counts = sites.map(({ guide }) => guide?.values)
  sites.forEach((site, i) => {
    const { name } = site
    const count = counts[i]
    if (count === undefined) return
    const limit = isAsked(site) ? askedLimit : chosenLimit
    if (objective.needs !== "terms") refused.set(name, `${objective.name} is no sum of expectations`)
    else if (count > limit) refused.set(name, `its ${count} values are too many to sum over (${limit} at most)`)
  })
  if (sites.every(({ name }, i) => counts[i] === undefined || refused.has(name))) return refused
  const read = drawsRead(joint)
  const isCandidate = (i: number): boolean => counts[i] !== undefined && !refused.has(sites[i]?.name ?? "")
  const product = (along: bigint): number =>
    sites.reduce((all, _, i) => (has(along, i) && isCandidate(i) ? all * (counts[i] ?? 1) : all), 1)
  const asked = bitsWhere(sites, isAsked)
  const isFree = (i: number): boolean => isCandidate(i) && !has(asked, i)
  const refuse = (along: bigint, why: string): void =>
    sites.forEach(({ name }, i) => {
      if (has(along, i) && isFree(i)) refused.set(name, why)
    })
  const guides = logQs(joint)
  const together = union(drawsAcross(joint), [...costs, ...guides])
  sites.forEach(({ name, plates }, i) => {
    if (has(together, i) && isCandidate(i))
      refused.set(name, `a term of the loss reads its values in all rows of '${plates.at(-1)}' together`)
  })
  const data = new Set(joint.factors.flatMap(({ role, node }) => (isOfData(role) ? [node] : [])))
  const withData = union(read, [...data])
  // terms of the data go first: what stays for their sake is what they leave
  const inTurn = [...costs].sort((a, b) => Number(data.has(b)) - Number(data.has(a)))
  for (const id of inTurn) {
    const along = read[id] ?? 0n
    const count = product(along)
    if (count <= chosenLimit) continue
    const first = along & withData
    const few = product(first | (along & asked))
    const why = `a term of the loss has ${count} combinations of values (${chosenLimit} at most)`
    if (few <= partLimit) refuse(along & ~first, why)
    else refuse(along, few > chosenLimit ? why : `${why}${hint(sites.filter((_, i) => has(first, i) && isFree(i)))}`)
  }
  refuseWide(guides, read, costs, isCandidate, product, refuse)
  return refused
}

const isOfData = (role: Factor["role"]): boolean => role === "likelihood" || role === "factor"

/** What may be asked for where a sum over some of the sites of a term has more values than the library takes by itself. */
const hint = (sites: ReadonlyArray<LatentSite>): string => {
  const names = sites.map(({ name }) => name)
  return names.length === 0
    ? ""
    : `; where each step has all rows, a sum over ${names.join(" and ")} alone may be worth its time: compare ${names.map((name) => asking(name, "enumerated")).join(" and ")}`
}

/** Sums with weights that depend on many sites at once, as in a network of discrete sites. */
const refuseWide = (
  guides: ReadonlyArray<Id>,
  read: Reach,
  costs: ReadonlySet<Id>,
  isCandidate: (place: number) => boolean,
  product: (along: bigint) => number,
  refuse: (along: bigint, why: string) => void
): void => {
  const candidates = bitsWhere(guides, (_, i) => isCandidate(i))
  if (candidates === 0n) return
  const weights = new Map(
    guides.flatMap((logQ, i) => {
      if (!isCandidate(i)) return []
      const along = ((read[logQ] ?? 0n) | bit(i)) & candidates
      return [[i, { key: `q${i}`, along, value: undefined } satisfies Piece<undefined>] as const]
    })
  )
  const made: Made<undefined> = new Map()
  const wide: Array<bigint> = []
  const measure: Join<undefined> = (_, __, along) => {
    if (product(along) > askedLimit) wide.push(along)
    return undefined
  }
  for (const id of costs) {
    const along = (read[id] ?? 0n) & candidates
    if (along !== 0n) expectation({ key: `%${id}`, along, value: undefined }, weights, 0n, measure, made)
  }
  for (const along of wide)
    refuse(along, `sums over its values have ${product(along)} combinations (${askedLimit} at most)`)
}

/** The node of log q of each latent site. */
const logQs = (joint: Joint): ReadonlyArray<Id> => {
  const factor = factorsByRole(joint)
  return latentSites(joint).map(({ name, draw }) => factor(name, "guide")?.node ?? draw)
}
