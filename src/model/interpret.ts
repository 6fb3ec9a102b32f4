import { Cause, Effect, Exit } from "effect"
import type { Dist } from "../dist/Dist.ts"
import { accepts } from "../dist/Support.ts"
import { DuplicateSite, GuideMismatch, ShapeMismatch } from "../Errors.ts"
import type { Key } from "../tensor/random.ts"
import { type Shape, sameShape, showShape, type Tensor, typed } from "../tensor/Tensor.ts"
import { type ParamStore, withParams } from "./Param.ts"
import type { AnyGuideRecord, AnyProgram, Guided, GuideSource } from "./Program.ts"
import { type AnyRow, atEach, discharge, type Interpreter } from "./Site.ts"

/** All that a program reads while it runs once: parameters, one row of each plate, observed values, random numbers. */
export interface World {
  readonly params: ParamStore
  readonly row: (plate: string) => AnyRow
  /** the observed value of a site; `plates` are those that it stands in, outermost first */
  readonly observed: (site: string, plates: ReadonlyArray<string>) => Tensor
  readonly key: (site: string) => Key
  /** what is made of a draw before the program sees it, so that an inference can find it again */
  readonly mark: (site: string, draw: Tensor) => Tensor
}

export interface LatentSite {
  readonly kind: "latent"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly prior: Dist
  readonly guide: Dist
  readonly value: Tensor
  /** log q at the draw, made together with it: flows need no inverse for it. A gradient flows through it as through the draw. */
  readonly logQ: Tensor<readonly []>
}

export interface ObservedSite {
  readonly kind: "observed"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly dist: Dist
  readonly value: Tensor
}

/** The sites of one run, in the model's order. */
export type SiteTrace = ReadonlyArray<LatentSite | ObservedSite>

/** A latent value with the guide's distribution that it was drawn from. */
export interface Drawn {
  readonly plates: ReadonlyArray<string>
  readonly guide: Dist
  readonly value: Tensor
  readonly logQ: Tensor<readonly []>
}

/**
 * Runs the guide, which draws the latent values, and then the model, which scores them.
 *
 * @throws GuideMismatch, ShapeMismatch, DuplicateSite, and whatever the program's own code throws
 */
export const interpret = ({ model, guide }: Guided, world: World): SiteTrace =>
  withParams(world.params, () => scoreModel(model, drawGuide(guide, world), world))

/** Draws each latent value from the guide. Runs within `withParams`. */
export const drawGuide = (guide: GuideSource, world: World): ReadonlyMap<string, Drawn> => {
  const drawn = new Map<string, Drawn>()
  const draw = (name: string, plates: ReadonlyArray<string>, dist: Dist): Tensor => {
    if (drawn.has(name)) throw new DuplicateSite({ site: name, kind: "site" })
    const { value: drawing, logProb } = dist.sampleAndLogProb(world.key(name))
    const value = world.mark(name, drawing)
    drawn.set(name, { plates, guide: dist, value, logQ: logProb })
    return value
  }
  if (guide.kind === "record") drawRecord(guide.make(), [], draw, world)
  else runProgram(guide.make(), drawingInterpreter(draw, world))
  return drawn
}

/** Runs a program's model with given values at its latent sites. */
const scoreModel = (model: AnyProgram, drawn: ReadonlyMap<string, Drawn>, world: World): SiteTrace => {
  const sites: Array<LatentSite | ObservedSite> = []
  const names = new Set<string>()
  const claim = (name: string): void => {
    if (names.has(name)) throw new DuplicateSite({ site: name, kind: "site" })
    names.add(name)
  }
  runProgram(
    model,
    interpreterOf(world, {
      sample: (name, prior, plates) => {
        claim(name)
        const site = drawn.get(name)
        if (site === undefined) throw new GuideMismatch({ site: name, reason: "the guide is missing this latent site" })
        mustMatch(name, prior, plates, site)
        const { guide, value, logQ } = site
        sites.push({ kind: "latent", name, plates, prior, guide, value, logQ })
        return site.value
      },
      observe: (name, dist, plates) => {
        claim(name)
        const value = world.observed(name, plates)
        mustHaveShape(name, dist, value.shape)
        sites.push({ kind: "observed", name, plates, dist, value })
        return value
      }
    })
  )
  for (const name of drawn.keys()) {
    if (!names.has(name))
      throw new GuideMismatch({ site: name, reason: "the guide samples it, but it is not a latent site of the model" })
  }
  return sites
}

const mustHaveShape = (name: string, dist: Dist, actual: Shape): void => {
  if (sameShape(dist.shape, actual)) return
  throw new ShapeMismatch({
    site: name,
    where: dist.family,
    expected: dist.shape,
    actual,
    advice: "One datum must have the event shape of its distribution."
  })
}

const mustMatch = (
  name: string,
  prior: Dist,
  plates: ReadonlyArray<string>,
  { guide, plates: guidePlates }: Drawn
): void => {
  const fail = (reason: string): never => {
    throw new GuideMismatch({ site: name, reason })
  }
  if (!sameShape(prior.shape, guide.shape))
    fail(`the guide gives shape ${showShape(guide.shape)}, the prior ${showShape(prior.shape)}`)
  const allowed: ReadonlyArray<string> = accepts[prior.support]
  if (!allowed.includes(guide.support))
    fail(`the guide has support '${guide.support}', which is not inside the prior's '${prior.support}'`)
  if (plates.join() !== guidePlates.join())
    fail(`it stands in plates [${plates.join(", ")}] in the model and in [${guidePlates.join(", ")}] in the guide`)
}

type Draw = (name: string, plates: ReadonlyArray<string>, dist: Dist) => Tensor

const drawRecord = (record: AnyGuideRecord, plates: ReadonlyArray<string>, draw: Draw, world: World): void => {
  for (const [name, entry] of Object.entries(record)) {
    if (typeof entry === "function") drawRecord(entry(world.row(name)), [...plates, name], draw, world)
    else atEach(name, entry, (site, dist) => draw(site, plates, dist))
  }
}

const drawingInterpreter = (draw: Draw, world: World): Interpreter["Service"] =>
  interpreterOf(world, {
    sample: (name, dist, plates) => draw(name, plates, dist),
    observe: (name) => {
      throw new GuideMismatch({ site: name, reason: "a guide observes nothing; use sample for its latent sites" })
    }
  })

type AtSite = (name: string, dist: Dist, plates: ReadonlyArray<string>) => Tensor

/** The service that sites ask for, with the plates in which the program now is. */
const interpreterOf = (
  world: World,
  at: { readonly sample: AtSite; readonly observe: AtSite }
): Interpreter["Service"] => {
  const plates: Array<string> = []
  const entered = new Set<string>()
  return {
    sample: (name, dist) => typed(at.sample(name, dist, [...plates])),
    observe: (name, dist) => typed(at.observe(name, dist, [...plates])),
    enterPlate: (name) => {
      if (entered.has(name)) throw new DuplicateSite({ site: name, kind: "plate" })
      entered.add(name)
      plates.push(name)
      return world.row(name)
    },
    leavePlate: () => {
      plates.pop()
    }
  }
}

/** Programs are synchronous: what they describe is recorded in one go. Errors of the program's own code are thrown as they are. */
const runProgram = (program: AnyProgram, interpreter: Interpreter["Service"]): void => {
  const exit = Effect.runSyncExit(discharge(program, interpreter) as Effect.Effect<unknown>)
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
}
