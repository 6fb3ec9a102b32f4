import { showShape } from "../../tensor/Tensor.ts"
import { platesOf } from "../joint/Joint.ts"
import { type Formula, formulasOf } from "../run/formulas.ts"
import type { Derived } from "./derive.ts"

/** The properties that a saved file and the program that loads it must share. */
export interface Signature {
  /** sites with their families, plates with their sites, parameters with their shapes: in words */
  readonly lines: ReadonlyArray<string>
  /** the log density of each site as a formula, with its constants and nets */
  readonly formulas: ReadonlyArray<Formula>
}

export const signatureOf = ({ decisions, sampled: joint }: Pick<Derived, "decisions" | "sampled">): Signature => ({
  lines: [
    ...decisions.plan.sites.map(({ site, guide, model }) => `site ${site}: ${guide ?? "observed"} | ${model}`),
    ...platesOf(joint).map(({ label }) => {
      const inside = joint.sites.filter(({ plates }) => plates.includes(label)).map(({ name }) => name)
      return `plate ${label}: ${inside.join(", ")}`
    }),
    ...joint.parameters.map(
      ({ name, shape, plate, support }) =>
        `parameter ${name}: ${plate === undefined ? "" : `for each row of ${plate} `}${support === "real" ? "" : `${support} `}${showShape(shape)}`
    )
  ],
  formulas: formulasOf(joint)
})

/** The first difference in words, where there is one. */
export const difference = (saved: Signature, wanted: Signature): string | undefined => {
  const lines = Array.from({ length: Math.max(saved.lines.length, wanted.lines.length) }, (_, i) => i)
  const line = lines.find((i) => saved.lines[i] !== wanted.lines[i])
  if (line !== undefined) {
    const [there, here] = [saved.lines[line] ?? "nothing more", wanted.lines[line] ?? "nothing more"]
    return `it has '${there}' where this model has '${here}'`
  }
  const formula = wanted.formulas.findIndex((here, i) => !isSame(saved.formulas[i], here))
  const [there, here] = [saved.formulas[formula], wanted.formulas[formula]]
  if (here === undefined) return undefined
  const what = `${densities[here.role]} of site '${here.site}'`
  if (there === undefined || there.role !== here.role || there.site !== here.site) return `it lacks ${what}`
  return `${what} is another function there${detail(there, here)}`
}

const densities: Readonly<Record<Formula["role"], string>> = {
  prior: "the prior",
  guide: "the guide",
  likelihood: "the likelihood",
  factor: "the factor"
}

/** Two ways to write one formula round differently, by much less than this. */
const tolerance = 1e-3

const isSame = (there: Formula | undefined, here: Formula): boolean =>
  there?.site === here.site &&
  there.role === here.role &&
  there.values.length === here.values.length &&
  here.values.every((x, i) => {
    const y = there.values[i] ?? Number.NaN
    return Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x), Math.abs(y))
  })

/** The terms that stand in one formula only. */
const detail = (there: Formula, here: Formula): string => {
  const only = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): string =>
    some
      .filter((each) => !others.includes(each))
      .slice(0, 6)
      .join(", ")
  const parts = [
    ["the constants", only(there.constants, here.constants), only(here.constants, there.constants)],
    ["the ops", only(there.ops, here.ops), only(here.ops, there.ops)]
  ].flatMap(([kind, saved, wanted]) =>
    saved === "" && wanted === "" ? [] : [`${kind} ${saved || "none"} where this model has ${wanted || "none"}`]
  )
  return parts.length === 0 ? ": its constants or nets differ" : `: ${parts.join(", and ")}`
}
