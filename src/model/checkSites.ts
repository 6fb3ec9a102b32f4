import type { Dist } from "../dist/Dist.ts"
import { accepts } from "../dist/Support.ts"
import { GuideMismatch, ShapeMismatch } from "../Errors.ts"
import { type Shape, sameShape, showShape } from "../tensor/Tensor.ts"

/** A value that a program gives is a tensor: types say so, and JavaScript does not read them. */
export const mustBeTensor = (name: string, value: unknown): void => {
  if (typeof value === "object" && value !== null && "shape" in value) return
  throw new TypeError(
    `the value of site '${name}' is ${typeof value === "number" ? value : "no tensor"}: write Tensor.of([], tf.scalar(1.5)) for a number of one's own, or read a field of a plate's row`
  )
}

/** A factor is one number. */
export const mustBeNumber = (site: string, actual: Shape): void => {
  if (actual.length === 0) return
  throw new ShapeMismatch({
    site,
    where: "factor",
    expected: [],
    actual,
    advice: "A factor is one log density, in nats: take the sum of several."
  })
}

/** A value has the event shape of its distribution. */
export const mustHaveShape = (name: string, dist: Dist, actual: Shape): void => {
  if (sameShape(dist.shape, actual)) return
  throw new ShapeMismatch({
    site: name,
    where: dist.family,
    expected: dist.shape,
    actual,
    advice: "One datum must have the event shape of its distribution."
  })
}

/** What a guide draws for a site fits the site. */
export const mustMatch = (
  name: string,
  prior: Dist,
  plates: ReadonlyArray<string>,
  { guide, plates: guidePlates }: { readonly guide: Dist | undefined; readonly plates: ReadonlyArray<string> }
): void => {
  const fail = (reason: string): never => {
    throw new GuideMismatch({ site: name, reason })
  }
  if (guide === undefined) return
  if (guide.family.startsWith("Masked(") && !prior.family.startsWith("Masked("))
    fail(
      "the guide is masked but the prior is not: the draws that its log density leaves out would still be used, and the bound would be none"
    )
  if (!sameShape(prior.shape, guide.shape))
    fail(`the guide gives shape ${showShape(guide.shape)}, the prior ${showShape(prior.shape)}`)
  const allowed: ReadonlyArray<string> = accepts[prior.support]
  if (!allowed.includes(guide.support))
    fail(`the guide has support '${guide.support}', which is not inside the prior's '${prior.support}'`)
  if (plates.length !== guidePlates.length || plates.some((plate, i) => plate !== guidePlates[i]))
    fail(`it stands in plates [${plates.join(", ")}] in the model and in [${guidePlates.join(", ")}] in the guide`)
}
