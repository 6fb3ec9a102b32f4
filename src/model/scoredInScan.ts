import * as tf from "@tensorflow/tfjs"
import { Masked } from "../dist/combine/Masked.ts"
import type { Dist } from "../dist/Dist.ts"
import { GuideMismatch } from "../Errors.ts"
import { type Tensor, typed } from "../tensor/Tensor.ts"
import { mustHaveShape } from "./checkSites.ts"
import type { Choice, SiteRequest } from "./Interpreter.ts"
import type { Drawn, Position, RunSite, World } from "./World.ts"

interface InScan {
  readonly world: World
  readonly latent: (choice: Choice, plates: ReadonlyArray<string>) => Drawn
  readonly position: Position
  /** takes a site when the recurrence is complete */
  readonly add: (site: RunSite) => void
}

/**
 * A site in the body of a recurrence. Its log density is computed there, position by position, and handed to the outside, where the site has one log density for each
 * row of the sequence, as a site in a plate has.
 *
 * @returns the value that the body sees
 */
export const scoredInScan = (
  request: SiteRequest,
  plates: ReadonlyArray<string>,
  { world, latent, position, add }: InScan
): Tensor => {
  const { name, value, branch } = request
  const counted = (f: () => tf.Tensor, notTaken?: () => tf.Tensor): tf.Tensor =>
    branch === undefined ? f() : branch.counted(f, notTaken)
  if (request.kind === "deterministic") {
    position.write(
      counted(() => request.value),
      (all) => add({ kind: "deterministic", name, plates, value: all })
    )
    return request.value
  }
  if (request.kind === "factor") {
    position.score(
      counted(() => weighed(request.value, request.scale)),
      (all) => add({ kind: "factor", name, plates, value: all, scale: 1, branch: undefined })
    )
    return request.value
  }
  if (request.kind === "draw") throw noPrior(name)
  if (request.holes !== undefined)
    throw new GuideMismatch({
      site: name,
      reason: "a recurrence has no latent values for missing numbers yet: observe them by masked or marginal"
    })
  const dist = request.mask === undefined ? request.dist : Masked(request.dist, request.mask)
  const score = (at: Tensor, take: (facade: Dist) => void, notTaken?: () => tf.Tensor): void => {
    mustHaveShape(name, dist, at.shape)
    position.score(
      counted(() => weighed(dist.logProb(at), request.scale), notTaken),
      (all) => take(known(dist, () => all))
    )
  }
  if (request.kind === "enumerate" && value === undefined) {
    if (request.branch !== undefined)
      throw new GuideMismatch({
        site: name,
        reason: "it is summed out along a recurrence, and stands in a branch: enumerate it outside of the branch"
      })
    if (request.scale !== 1 || request.mask !== undefined)
      throw new GuideMismatch({
        site: name,
        reason:
          "it is summed out along a recurrence, where its probabilities must add up to 1: they cannot be scaled or masked"
      })
    const state = world.mark(name, position.enumerate(name, dist), dist)
    // its probabilities count in the sums of what is observed, and are nothing on their own
    score(state, () => {})
    position.drawn(name, (draws) =>
      add({
        ...{ kind: "enumerated", name, plates, prior: dist, value: state, draws },
        ...{ scale: 1, inScan: true, branch: undefined }
      })
    )
    return state
  }
  if (request.kind === "sample" && value === undefined) {
    const drawn = latent(request, plates)
    if (drawn.guide === request.dist) throw noPrior(name)
    const at = position.read(drawn.value)
    const { value: all, guide: by } = drawn
    // a branch that is not taken has the guide for its prior, as outside of recurrences
    const notTaken = by === undefined ? undefined : () => position.read(position.outside(() => by.logProb(all)))
    score(
      at,
      (prior) =>
        add({
          kind: "latent",
          name,
          prior,
          blocked: false,
          scale: 1,
          inScan: true,
          ...drawn,
          plates,
          branch: undefined
        }),
      notTaken
    )
    return at
  }
  const [isData, isLatent] = [value === undefined, request.kind === "sample"]
  const all = value ?? world.observed(name, plates)
  const at = isData ? position.read(all) : all
  score(at, (facade) =>
    add({
      kind: "observed",
      name,
      plates,
      dist: facade,
      value: all,
      isData,
      isLatent,
      scale: 1,
      inScan: true,
      branch: undefined
    })
  )
  return at
}

const noPrior = (site: string): GuideMismatch =>
  new GuideMismatch({
    site,
    reason:
      "a recorded recurrence draws no site from its prior yet: trace draws it, with numbers, or write a loop for a short sequence"
  })

const weighed = (logDensity: tf.Tensor, scale: number | tf.Tensor): tf.Tensor =>
  scale === 1 ? logDensity : tf.mul(logDensity, scale)

/** A distribution of which the log density at one value is known, and no parameter: those stay in the body. */
export const known = (dist: Dist, logDensity: () => tf.Tensor): Dist => {
  const { range: _, ...rest } = dist
  return { ...rest, logProb: () => typed(logDensity()), parameters: () => ({}) }
}
