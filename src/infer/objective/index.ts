import { elbo } from "./elbo.ts"
import { iwae } from "./iwae.ts"

export type { LogWeightObjective, Objective as ObjectiveType, Term, TermsObjective } from "./Objective.ts"

/** The losses that a fit can minimise. */
export const Objective = { elbo, iwae }
