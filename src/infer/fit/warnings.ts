/** The facts of each warning, as numbers. Epochs count from 1, units of a site from 0. */
export type Amiss =
  /** one draw a step for a site whose gradient has a high variance */
  | { readonly kind: "oneParticle"; readonly site: string }
  /** a field of a plate's rows that no site reads */
  | { readonly kind: "unreadData"; readonly plate: string; readonly field: string }
  /** the scale of an observed site runs to 0, or its density (for each number of a value) to infinity */
  | {
      readonly kind: "unboundedDensity"
      readonly of: "scale" | "density"
      readonly site: string
      readonly first: number
      readonly value: number
      readonly epoch: number
    }
  /** a positive parameter runs to 0, and the loss falls with its logarithm */
  | {
      readonly kind: "vanishingParameter"
      readonly parameter: string
      readonly first: number
      readonly value: number
      readonly epoch: number
    }
  /** the logarithm of a variance lies beyond ±30 */
  | { readonly kind: "extremeVariance"; readonly site: string; readonly logVariance: number; readonly epoch: number }
  /** a parameter is the same to the last bit after an epoch */
  | { readonly kind: "unmovedParameter"; readonly parameter: string; readonly epoch: number }
  /** numbers of a latent site whose KL is below 0.01 nats */
  | {
      readonly kind: "idleUnits"
      readonly site: string
      readonly units: ReadonlyArray<number>
      readonly of: number
      readonly epoch: number
    }
  /** a checkpoint could not be written: the one before it stays */
  | { readonly kind: "unsavedCheckpoint"; readonly path: string; readonly reason: string }
  /** a loss of more than 1e30 */
  | { readonly kind: "hugeLoss"; readonly loss: number; readonly epoch: number }

/** A possible problem of a fit: plain data, with a message that explains the problem and gives advice. */
export type Warning = Amiss & { readonly message: string }

type Words = { readonly [K in Amiss["kind"]]: (amiss: Extract<Amiss, { readonly kind: K }>) => string }

const words: Words = {
  oneParticle: ({ site }) =>
    `site '${site}' has a score-function gradient and one particle, so that its variance is high: try { particles: 4 }, which also gives each draw the others' mean as a baseline.`,
  unreadData: ({ plate, field }) =>
    `no site reads the field '${field}' of the data of '${plate}'. Leave it out, or check the name.`,
  unboundedDensity: ({ of, site, first, value, epoch }) =>
    `the ${of} of the observed site '${site}' runs to ${of === "scale" ? 0 : "infinity"}: it was ${short(first)} and is ${short(value)} at some place after epoch ${epoch}, while the loss falls. Its density has no bound there, as where data are constant or a component of a mixture shrinks onto one value: give scales a floor (tf.add(scale, 0.01)) or a prior, or leave out the constant numbers.`,
  vanishingParameter: ({ parameter, first, value, epoch }) =>
    `the parameter '${parameter}' runs to 0: it was ${short(first)} and is ${short(value)} after epoch ${epoch}, and the loss falls with its logarithm. The loss has no bound: give it a floor (tf.add(parameter, 0.01)) or a prior.`,
  extremeVariance: ({ site, logVariance, epoch }) =>
    `a distribution of site '${site}' has a log variance of ${logVariance.toFixed(1)} at some place after epoch ${epoch}, beyond ±30. Keep it within bounds (tf.clipByValue(logVariance, -10, 10)), begin with smaller weights, or lower the learning rate.`,
  unmovedParameter: ({ parameter, epoch }) =>
    `the parameter '${parameter}' has not moved by epoch ${epoch}: its gradient is 0, or its steps are too small for its size. Check that the loss depends on it, that no unit before it is dead (a relu below 0 everywhere), and the learning rate.`,
  idleUnits: ({ site, units, of, epoch }) =>
    of === 1
      ? `site '${site}' carries no information: its KL is below 0.01 nats at epoch ${epoch} and before. Its guide equals its prior; if it should learn from the data, look at how the likelihood reads it, or fit longer.`
      : `${units.length} of ${of} numbers of site '${site}' carry no information (${listed(units)}): their KL is below 0.01 nats at epoch ${epoch} and before. Fewer numbers would do as well; if that is too few, give the KL less weight at first, or a weaker decoder.`,
  unsavedCheckpoint: ({ path, reason }) =>
    `the checkpoint '${path}' could not be written: ${reason} The fit goes on; the file stays as it was, and is tried again at the next turn.`,
  hugeLoss: ({ loss, epoch }) =>
    `the loss of epoch ${epoch} is ${loss.toExponential(1)}: float32 ends at 3.4e38. Scale the data, bound the scales, lower the learning rate, or clip the gradients ({ clipNorm: 10 }).`
}

const short = (x: number): string => String(Number(x.toPrecision(2)))

/** At most ten of them by number. */
const listed = (units: ReadonlyArray<number>): string =>
  units.length <= 10 ? units.join(", ") : `${units.slice(0, 10).join(", ")} and ${units.length - 10} more`

export const warn = <A extends Amiss>(amiss: A): Warning => ({
  ...amiss,
  message: (words[amiss.kind] as (amiss: A) => string)(amiss)
})

/** Passes each kind and name on once. */
export const onceEach = (): ((warnings: ReadonlyArray<Warning>) => ReadonlyArray<Warning>) => {
  const told = new Set<string>()
  return (warnings) =>
    warnings.filter((warning) => {
      const key = JSON.stringify(Object.entries(warning).filter(([name]) => names.has(name)))
      if (told.has(key)) return false
      told.add(key)
      return true
    })
}

const names: ReadonlySet<string> = new Set(["kind", "site", "parameter", "plate", "field"])
