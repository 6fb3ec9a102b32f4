import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Learned } from "../fit/Learned.ts"
import { type DrawnFrom, eachDraw } from "../fitted/eachDraw.ts"
import type { SiteDraws } from "../fitted/weighedDraws.ts"
import { particlesOf, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { recordMeasures } from "../joint/recordMeasures.ts"

/** How much a latent site tells of the data. */
export interface SiteUse {
  /** its name; the names of all sites that share one distribution of the guide */
  readonly site: string
  /** KL(q ‖ p) in nats: in a plate of one row on average. Undefined where neither a closed form nor the densities of the site alone give it */
  readonly kl: number | undefined
  /** the same by number of the value, where there is a closed form; of a site in a plate */
  readonly klByNumber: ReadonlyArray<number> | undefined
  /** for a site in a plate the variance over rows of each number's mean under the guide (Burda, Grosse and Salakhutdinov 2016, section 5) */
  readonly variance: ReadonlyArray<number> | undefined
  /** the numbers in use, by place: those whose variance is above 0.01 */
  readonly active: ReadonlyArray<number> | undefined
}

/** The KL of each site, and which numbers of a value the rows of a plate use. */
export const unitUse = (
  learned: Learned,
  sites: ReadonlyArray<SiteDraws>,
  from: DrawnFrom
): Effect.Effect<ReadonlyArray<SiteUse>, FitError, Engine> =>
  Effect.gen(function* () {
    const { joint, guided } = learned.derived
    const local = sites.filter(({ site }) => site.plates.length > 0)
    const { graph, measures, pieces } = recordMeasures(guided, learned.shapes)
    const plain = new Map(local.map(({ site }) => [site.name, site]))
    const closed = measures.flatMap(({ kind, site, output }) => {
      const known = plain.get(site)
      return kind === "kl" && known !== undefined ? [[site, output, known.plates] as const] : []
    })
    const kept = Object.fromEntries(closed.map(([, output]) => [output, graph.outputs[output] ?? 0]))
    const drawn =
      closed.length === 0
        ? {}
        : yield* eachDraw(
            {
              graph: () => ({ ...graph, outputs: kept }),
              plates: platesOf(joint),
              outputs: new Map(closed.map(([, output, plates]) => [output, plates])),
              particles: particlesOf(joint)
            },
            { ...from, n: Math.min(from.n, 50) }
          )
    const outputs = new Map(closed.map(([site, output]) => [site, output]))
    const uses = sites.map((each): SiteUse => {
      const { site, gap } = each
      const rows = site.plates.reduce((product, plate) => product * (own(from.data.sizes, plate) ?? 1), 1)
      const output = outputs.get(site.name)
      const values = output === undefined ? undefined : own(drawn, output)?.values
      const width = values === undefined ? 0 : sizeOf(own(drawn, output ?? "")?.event ?? []) / rows
      const klByNumber = values === undefined ? undefined : averages(values, width)
      const total = klByNumber?.reduce((sum, kl) => sum + kl, 0)
      const sampled =
        gap === undefined || pieces.has(site.name) ? undefined : gap.reduce((sum, x) => sum + x, 0) / gap.length / rows
      const variance = site.plates.length === 0 || rows < 2 ? undefined : variances(each, rows)
      return {
        ...{ site: site.name, kl: total ?? sampled, klByNumber, variance },
        active: variance?.flatMap((value, i) => (value > 0.01 ? [i] : []))
      }
    })
    return [...uses, ...ofPieces(sites, pieces)]
  })

/** The KL of sites that share one distribution of the guide. */
const ofPieces = (sites: ReadonlyArray<SiteDraws>, pieces: ReadonlySet<string>): ReadonlyArray<SiteUse> => {
  const shared = sites.filter(({ site }) => pieces.has(site.name))
  const gaps = shared.flatMap(({ gap }) => gap ?? [])
  if (shared.length === 0 || gaps.length < shared.length) return []
  const kl = gaps.reduce((sum, gap) => sum + gap.reduce((total, x) => total + x, 0) / gap.length, 0)
  const site = shared.map((each) => each.site.name).join(", ")
  return [{ site, kl, klByNumber: undefined, variance: undefined, active: undefined }]
}

/** The mean of each of `width` numbers over everything before the last dimension. */
const averages = (values: ArrayLike<number>, width: number): ReadonlyArray<number> => {
  const count = values.length / width
  return Array.from({ length: width }, (_, i) => {
    let sum = 0
    for (let row = 0; row < count; row++) sum += values[row * width + i] ?? 0
    return sum / count
  })
}

/** Var_rows(E_q[z]), less the part that comes from taking the mean of finitely many draws. */
const variances = ({ draws: { values, event, size: n } }: SiteDraws, rows: number): ReadonlyArray<number> => {
  const width = sizeOf(event) / rows
  return Array.from({ length: width }, (_, i) => {
    let [total, squares, noise] = [0, 0, 0]
    for (let row = 0; row < rows; row++) {
      let [sum, square] = [0, 0]
      for (let draw = 0; draw < n; draw++) {
        const x = values[(draw * rows + row) * width + i] ?? 0
        sum += x
        square += x * x
      }
      const mean = sum / n
      total += mean
      squares += mean * mean
      noise += Math.max(0, square / n - mean * mean) / n
    }
    return Math.max(0, squares / rows - (total / rows) ** 2 - noise / rows)
  })
}
