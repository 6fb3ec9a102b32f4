import { Effect } from "effect"
import type { AnyGuideRecord, AnyProgram } from "../Guided.ts"
import { plate, sample } from "../Site.ts"
import { type AutoSite, type Earlier, realsOf } from "./AutoSite.ts"
import type { AutoFamily } from "./Guide.ts"

/**
 * An automatic guide as an ordinary guide program: each site is sampled from what the family gives for it, and what the user wrote stands beside. Sites outside of plates
 * come first.
 */
export const guideProgram = (
  family: AutoFamily,
  sites: ReadonlyArray<AutoSite>,
  written: () => AnyGuideRecord
): AnyProgram => Effect.suspend(() => inside([], { sites, distOf: family.make(sites), earlier: [] }, written()))

interface Run {
  readonly sites: ReadonlyArray<AutoSite>
  readonly distOf: ReturnType<AutoFamily["make"]>
  readonly earlier: ReadonlyArray<Earlier>
}

/** The sites in the given plates, and then those in plates inside of them. */
const inside = (plates: ReadonlyArray<string>, run: Run, written: AnyGuideRecord): AnyProgram =>
  Effect.gen(function* () {
    const within = run.sites.filter((site) => plates.every((label, i) => site.plates[i] === label))
    const earlier = [...run.earlier]
    for (const site of within.filter((site) => site.plates.length === plates.length)) {
      const value = yield* sample(site.name, run.distOf(site, earlier))
      earlier.push({ site, reals: () => realsOf(site, value) })
    }
    const rows = Object.entries(written).flatMap(([name, entry]) =>
      typeof entry === "function" ? [[name, entry] as const] : []
    )
    for (const [name, entry] of Object.entries(written)) if (typeof entry !== "function") yield* sample(name, entry)
    const inner = new Set([
      ...within.flatMap(({ plates: all }) => all.slice(plates.length, plates.length + 1)),
      ...rows.map(([name]) => name)
    ])
    for (const label of inner) {
      const ofRow = rows.find(([name]) => name === label)?.[1]
      yield* plate(label, (row: Parameters<NonNullable<typeof ofRow>>[0]) =>
        inside([...plates, label], { ...run, earlier }, ofRow?.(row) ?? {})
      )
    }
  })
