import { Marginal } from "../dist/combine/Marginal.ts"
import { Masked } from "../dist/combine/Masked.ts"
import type { Dist } from "../dist/Dist.ts"
import { DuplicateSite, GuideMismatch } from "../Errors.ts"
import type { Branch } from "../tensor/branch.ts"
import { Key } from "../tensor/random.ts"
import { type Tensor, typed } from "../tensor/Tensor.ts"
import { mustBeNumber, mustBeTensor, mustHaveShape, mustMatch } from "./checkSites.ts"
import { drawAlong, notRecorded, type Walk } from "./drawnInScan.ts"
import type { AnyGuideRecord, AnyProgram, GuideSource, Interpreted } from "./Guided.ts"
import type { AnyRow, Choice, SiteRequest } from "./Interpreter.ts"
import { currentPlates, enterPlate, leavePlate, withParams } from "./Param.ts"
import { runProgram } from "./runProgram.ts"
import { atEach } from "./Site.ts"
import { scoredInScan } from "./scoredInScan.ts"
import type { Drawn, Position, RunSite, SiteTrace, World } from "./World.ts"

/**
 * Runs a model once. Its latent values come from a guide, which runs first; from given values; or from the prior.
 *
 * @throws GuideMismatch, ShapeMismatch, DuplicateSite, and errors of the program's own code
 */
export const interpret = ({ model, guide }: Interpreted, world: World): SiteTrace =>
  withParams(world.params, () => {
    if (guide.kind === "record" || guide.kind === "program")
      return scoreGuided(model, drawGuide(guide, world), world, () => true)
    if (guide.kind === "globals")
      return scoreGuided(model, drawGuide(guide.guide, world), world, (plates) => plates.length === 0)
    return scoreModel(model, world, (choice, plates) => ({ plates, ...drawHere(guide, choice, plates, world) }))
  })

const drawHere = (
  source: Extract<Interpreted["guide"], { kind: "prior" | "given" }>,
  choice: Choice,
  plates: ReadonlyArray<string>,
  world: World
): Omit<Drawn, "plates"> => {
  if (source.kind === "prior" || choice.kind === "draw") return drawnFromPrior(choice, world)
  const { name, dist } = choice
  const value = source.values(name, plates, dist)
  mustHaveShape(name, dist, value.shape)
  return { value: world.mark(name, value, dist), guide: undefined, logQ: undefined }
}

const drawn = (
  name: string,
  dist: Dist,
  world: World,
  stream?: string
): { readonly value: Tensor; readonly logQ: Tensor<readonly []> } => {
  const all = world.enumerated?.(name, dist, "guide")
  if (all !== undefined) return { value: world.mark(name, all, dist), logQ: dist.logProb(all) }
  const { value, logProb } = dist.sampleAndLogProb(keyOf(name, stream, world))
  return { value: world.mark(name, value, dist), logQ: logProb }
}

const keyOf = (site: string, stream: string | undefined, { key }: Pick<World, "key">): Key =>
  stream === undefined ? key(site) : Key.fork(key(site), stream)

/** A value drawn from the distribution of the choice itself, which is its own guide. */
const drawnFromPrior = ({ name, dist, stream }: Choice, world: World): Omit<Drawn, "plates"> => ({
  ...drawn(name, dist, world, stream),
  guide: dist
})

/** Draws each latent value from the guide. Runs within `withParams`. */
export const drawGuide = (guide: GuideSource, world: World): ReadonlyMap<string, Drawn> => {
  const draws = new Map<string, Drawn>()
  let walk: Walk | undefined
  const draw = (name: string, dist: Dist): Tensor => {
    if (draws.has(name)) throw new DuplicateSite({ site: name, kind: "site" })
    if (walk !== undefined) return walk.draw(name, dist)
    const made = { plates: currentPlates(), guide: dist, ...drawn(name, dist, world) }
    draws.set(name, made)
    return made.value
  }
  const rowOf = rowOnce(world)
  if (guide.kind === "record") drawRecord(guide.make(), draw, world)
  else
    runProgram(guide.make(), {
      rows: (plate, again) => {
        if (walk !== undefined) throw plateInside(plate)
        return rowOf(plate, again)
      },
      collect: collected(world),
      scan: (sequence, init, step, again) => {
        if (walk !== undefined) throw scanInside(sequence)
        rowOf(sequence, again)
        const found = drawAlong(sequence, world, init, step, (inside) => {
          walk = inside
        })
        for (const [name, made] of found.draws) draws.set(name, made)
        return found.carry
      },
      site: (request) => {
        const { kind, name } = request
        if (request.branch !== undefined)
          throw new GuideMismatch({
            site: name,
            reason:
              "it stands in a branch of the guide. A guide draws the sites of all branches: sample it outside, and choose its parameters by cond"
          })
        if (kind === "sample") return draw(name, request.dist)
        if (kind === "deterministic") return request.value
        if (kind === "enumerate")
          throw new GuideMismatch({ site: name, reason: "a guide supplies no site that is summed out; use sample" })
        throw new GuideMismatch({ site: name, reason: "a guide observes nothing; use sample for its latent sites" })
      }
    })
  return draws
}

const drawRecord = (record: AnyGuideRecord, draw: (name: string, dist: Dist) => Tensor, world: World): void => {
  for (const [name, entry] of Object.entries(record)) {
    if (typeof entry !== "function") {
      atEach(name, entry, draw)
      continue
    }
    enterPlate(name)
    try {
      drawRecord(entry(world.row(name)), draw, world)
    } finally {
      leavePlate()
    }
  }
}

const collected =
  (world: World) =>
  (plate: string, [value]: ReadonlyArray<Tensor>): Tensor => {
    if (world.collect !== undefined && value !== undefined) return world.collect(plate, value)
    throw new GuideMismatch({
      site: plate,
      reason: "rows are collected only where their program is recorded, as by fit"
    })
  }

/** A plate's name is used once in a program. */
const rowOnce = (world: World): ((plate: string, again: boolean) => readonly [AnyRow]) => {
  const entered = new Set<string>()
  return (plate, again) => {
    if (entered.has(plate) && !again) throw new DuplicateSite({ site: plate, kind: "plate" })
    entered.add(plate)
    return [world.row(plate)]
  }
}

/** Takes the guide's draws in the plates that `guides` says, and draws the other latent sites from their priors. */
const scoreGuided = (
  model: AnyProgram,
  draws: ReadonlyMap<string, Drawn>,
  world: World,
  guides: (plates: ReadonlyArray<string>) => boolean
): SiteTrace => {
  const latents = new Set<string>()
  const sites = scoreModel(model, world, (choice, plates) => {
    const { name, dist, holes } = choice
    if (choice.kind === "draw") {
      if (draws.has(name)) throw notLatent(name)
      return { plates, ...drawnFromPrior(choice, world) }
    }
    latents.add(name)
    if (!guides(plates)) return { plates, ...drawnFromPrior(choice, world) }
    const made = draws.get(name)
    if (made === undefined) throw new GuideMismatch({ site: name, reason: "the guide is missing this latent site" })
    mustMatch(name, dist, plates, made)
    return holes === undefined ? made : { ...made, ...onlyAt(name, holes, made) }
  })
  for (const name of draws.keys()) if (!latents.has(name)) throw notLatent(name)
  return sites
}

const notLatent = (site: string): GuideMismatch =>
  new GuideMismatch({ site, reason: "the guide samples it, but it is not a latent site of the model" })

/** The part of a guide for missing numbers that counts: log q of the others would be that of draws which nothing reads. */
const onlyAt = (site: string, holes: Tensor, { guide, value }: Drawn): Pick<Drawn, "guide" | "logQ"> => {
  if (guide === undefined) return { guide, logQ: undefined }
  const fail = (reason: string): never => {
    throw new GuideMismatch({
      site,
      reason: `${reason}; for missing numbers use independent ones such as Normal(loc, scale)`
    })
  }
  if (guide.eventRank > 0 && guide.family !== "MultivariateNormal")
    fail(`the numbers of the guide's ${guide.family} go together, and some of them are not missing`)
  const part = guide.eventRank > 0 ? Marginal(guide, holes) : Masked(guide, holes)
  if (part.gradients.length === 0) fail(`the guide's ${guide.family} has no gradient through its draws`)
  return { guide: guide.way === undefined ? part : { ...part, way: guide.way }, logQ: part.logProb(value) }
}

/** Runs a model and lists its sites; `latent` gives the value of each latent one. */
const scoreModel = (
  model: AnyProgram,
  world: World,
  latent: (choice: Choice, plates: ReadonlyArray<string>) => Drawn
): SiteTrace => {
  const sites: Array<RunSite> = []
  const names = new Set<string>()
  const rowOf = rowOnce(world)
  const plateNames = new Set<string>()
  const mustBeNew = (plate: string): void => {
    if (names.has(plate))
      throw new DuplicateSite({ site: plate, kind: "plate", difference: "for a site and for a plate" })
    plateNames.add(plate)
  }
  let position: Position | undefined
  runProgram(model, {
    collect: collected(world),
    scan: (sequence, init, step, again) => {
      if (position !== undefined) throw scanInside(sequence)
      if (world.scan === undefined) throw notRecorded(sequence)
      if (again)
        throw new GuideMismatch({
          site: sequence,
          reason: "a recorded recurrence has no twin yet: trace runs it, with numbers"
        })
      mustBeNew(sequence)
      rowOf(sequence, again)
      try {
        return world.scan(sequence, init, (carry, row, t, inside) => {
          position = inside
          return step(carry, row, t)
        })
      } finally {
        position = undefined
      }
    },
    rows: (plate, again) => {
      if (position !== undefined) throw plateInside(plate)
      mustBeNew(plate)
      return rowOf(plate, again)
    },
    site: (request) => {
      const { name } = request
      if (names.has(name)) throw new DuplicateSite({ site: name, kind: "site" })
      if (plateNames.has(name))
        throw new DuplicateSite({ site: name, kind: "site", difference: "for a site and for a plate" })
      names.add(name)
      if (position !== undefined)
        return scoredInScan(request, currentPlates(), { world, latent, position, add: (site) => sites.push(site) })
      const { site, value } = scored(request, currentPlates(), world, latent)
      sites.push(site)
      return value
    }
  })
  return sites
}

const scanInside = (site: string): GuideMismatch =>
  new GuideMismatch({
    site,
    reason: "a recurrence stands inside of another one; write one recurrence with both carries"
  })

const plateInside = (site: string): GuideMismatch =>
  new GuideMismatch({ site, reason: "a plate stands inside of a recurrence; give its values a dimension" })

/** A value that is made in a branch, for the program around it. */
const inside = (branch: Branch | undefined, f: () => Tensor): Tensor =>
  branch === undefined ? f() : typed(branch.counted(f))

/** One site of a model, with the value that the program sees. */
export const scored = (
  request: SiteRequest,
  plates: ReadonlyArray<string>,
  world: Pick<World, "key" | "mark" | "enumerated" | "observed">,
  latent: (choice: Choice, plates: ReadonlyArray<string>) => Drawn
): { readonly site: RunSite; readonly value: Tensor } => {
  const { name, branch } = request
  if (request.kind === "deterministic")
    return {
      site: { kind: "deterministic", name, plates, value: inside(branch, () => request.value) },
      value: request.value
    }
  const { scale } = request
  if (request.kind === "factor") {
    mustBeTensor(name, request.value)
    mustBeNumber(name, request.value.shape)
    return { site: { kind: "factor", name, plates, value: request.value, scale, branch }, value: request.value }
  }
  if (request.kind === "draw") {
    const made = latent(request, plates)
    const site = {
      kind: "latent",
      name,
      prior: request.dist,
      blocked: true,
      scale: 1,
      ...made,
      plates,
      branch
    } as const
    return { site, value: made.value }
  }
  const dist = request.mask === undefined ? request.dist : Masked(request.dist, request.mask)
  const isData = request.value === undefined
  if (request.kind === "sample" && isData) {
    const made = latent(request, plates)
    if (made.inScan === true)
      throw new GuideMismatch({
        site: name,
        reason: `the guide walks along '${plates.at(-1)}' by scan, and in the model it is a plate, whose rows are drawn each on its own: use plate in the guide, or scan in the model`
      })
    return {
      site: { kind: "latent", name, prior: dist, blocked: false, scale, ...made, plates, branch },
      value: made.value
    }
  }
  if (request.kind === "enumerate" && isData) {
    const all = world.enumerated?.(name, dist, "model")
    const value = world.mark(name, all ?? dist.sample(keyOf(name, request.stream, world)), dist)
    return { site: { kind: "enumerated", name, plates, prior: dist, value, scale, branch }, value }
  }
  const value = request.value ?? world.observed(name, plates)
  mustBeTensor(name, value)
  mustHaveShape(name, dist, value.shape)
  const isLatent = request.kind !== "observe"
  return { site: { kind: "observed", name, plates, dist, value, isData, isLatent, scale, branch }, value }
}
