import type { Dist } from "../dist/Dist.ts"
import { DuplicateSite, GuideMismatch } from "../Errors.ts"
import type { Tensors } from "../tensor/scan.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { currentPlates } from "./Param.ts"
import type { Step } from "./runProgram.ts"
import { known } from "./scoredInScan.ts"
import type { Drawn, Position, World } from "./World.ts"

/** What a guide's site in the body of a recurrence asks for. */
export interface Walk {
  readonly draw: (name: string, dist: Dist) => Tensor
}

/** One site of the body: its distribution there, and outside the draws and log q of all positions. */
interface Site {
  readonly dist: Dist
  value?: Tensor
  logQ?: Tensor
  score?: Tensor
}

/**
 * A guide's recurrence: q(z₁ … z_T) = Πₜ q(zₜ | carry before t), where the carry may hold earlier draws. The draws are made inside of the body from noise that is drawn outside, so their gradients go back
 * along the sequence. Where log q of given draws is wanted, the body is recorded once more and walks along those.
 *
 * @param enter says in which walk the guide is now; `undefined` after it
 * @throws GuideMismatch for a draw that is not a differentiable function of noise
 */
export const drawAlong = (
  sequence: string,
  world: World,
  init: Tensors,
  step: Step,
  enter: (walk: Walk | undefined) => void
): { readonly carry: Tensors; readonly draws: ReadonlyMap<string, Drawn> } => {
  const { scan } = world
  if (scan === undefined) throw notRecorded(sequence)
  const plates = currentPlates()
  const walk = (visit: (position: Position) => Walk["draw"]): Tensors => {
    try {
      return scan(sequence, init, (carry, row, t, position) => {
        enter({ draw: visit(position) })
        return step(carry, row, t)
      })
    } finally {
      enter(undefined)
    }
  }
  const sites = new Map<string, Site>()
  const carry = walk((position) => (name, dist) => {
    if (sites.has(name)) throw new DuplicateSite({ site: name, kind: "site" })
    mustHavePath(name, dist)
    const site: Site = { dist }
    sites.set(name, site)
    const { value, logProb } = dist.sampleAndLogProb(world.key(name))
    const marked = world.mark(name, value, dist)
    position.write(marked, (all) => {
      site.value = all
    })
    position.write(logProb, (all) => {
      site.logQ = all
    })
    return marked
  })
  const values = new Map([...sites].map(([name, { dist, value }]) => [name, world.mark(name, value as Tensor, dist)]))
  const given = new Map([...values].map(([name, value]) => [name, world.given?.(name, value)]))
  if ([...given.values()].some((value) => value !== undefined))
    walk((position) => (name, dist) => {
      const at = position.read((given.get(name) ?? values.get(name)) as Tensor)
      position.write(dist.logProb(at), (all) => {
        const site = sites.get(name)
        if (site !== undefined) site.score = all
      })
      return at
    })
  return {
    carry,
    draws: new Map(
      [...sites].map(([name, site]): readonly [string, Drawn] => {
        const logQ = site.logQ as Tensor<readonly []>
        return [name, { plates, value: values.get(name) as Tensor, guide: guideOf(name, site), logQ, inScan: true }]
      })
    )
  }
}

/** The guide of all positions: its log density is known at the given draw, if that was recorded. */
const guideOf = (site: string, { dist, score }: Site): Dist => ({
  ...known(dist, () => score ?? fail(site)),
  gradients: dist.gradients.filter((each) => each === "reparameterized")
})

const fail = (site: string): never => {
  throw new GuideMismatch({
    site,
    reason:
      "its log density at another value is asked for, and a guide's recurrence has that of its own draws alone: guide it by a plate of that name, each position on its own"
  })
}

const mustHavePath = (site: string, { family, gradients }: Dist): void => {
  if (gradients.some((each) => each === "reparameterized")) return
  throw new GuideMismatch({
    site,
    reason: `in a guide's recurrence a draw must be a differentiable function of noise, as that of Normal, and ${family} is not reparameterized: guide it by a plate of that name, each position on its own`
  })
}

export const notRecorded = (site: string): GuideMismatch =>
  new GuideMismatch({ site, reason: "a recurrence runs only where its program is recorded, as by fit and posterior" })
