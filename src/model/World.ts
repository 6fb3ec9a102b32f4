import type * as tf from "@tensorflow/tfjs"
import type { Dist } from "../dist/Dist.ts"
import type { Branch } from "../tensor/branch.ts"
import type { Key } from "../tensor/random.ts"
import type { Tensors } from "../tensor/scan.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import type { AnyRow } from "./Interpreter.ts"
import type { ParamStore } from "./Param.ts"

/** All that a program reads while it runs once: parameters, one row of each plate, observed values, random numbers. */
export interface World {
  readonly params: ParamStore
  readonly row: (plate: string) => AnyRow
  /** the observed value of a site; `plates` are those that it stands in, outermost first */
  readonly observed: (site: string, plates: ReadonlyArray<string>) => Tensor
  readonly key: (site: string) => Key
  /** a draw as the program sees it, so that an inference can find it again */
  readonly mark: (site: string, draw: Tensor, dist: Dist) => Tensor
  /** a draw as a constant for gradients, if log q of the given draw is wanted */
  readonly given?: (site: string, draw: Tensor) => Tensor | undefined
  /** all values of a discrete site, as one value on an axis of its own, if the site is enumerated; otherwise it is drawn */
  readonly enumerated?: (site: string, dist: Dist, by: "model" | "guide") => Tensor | undefined
  /** the values of all rows of a plate, `[N, ...S]`, from that of one row; only where programs are recorded */
  readonly collect?: (plate: string, value: Tensor) => Tensor
  /** runs a recurrence over the rows of a plate, in their order; only where programs are recorded */
  readonly scan?: (sequence: string, init: Tensors, step: StepInside) => Tensors
}

/** The two ways between the body of a recurrence and the program around it. */
export interface Position {
  /** the value at this position, of a tensor outside that has one for each position */
  readonly read: (all: Tensor) => Tensor
  /** computes outside, for all positions, what `read` then reads */
  readonly outside: (f: () => Tensor) => Tensor
  /** hands a value of this position to the outside, where `take` is given it when the recurrence is complete */
  readonly write: (value: tf.Tensor, take: (all: Tensor) => void) => void
  /** the same for a log density */
  readonly score: (logDensity: tf.Tensor, take: (all: Tensor) => void) => void
  /** the value of a site that is summed out, as one of all its values */
  readonly enumerate: (site: string, dist: Dist) => Tensor
  /** when the recurrence is complete, `take` is given draws of such a site at all positions, if they are wanted */
  readonly drawn: (site: string, take: (draws: Tensor | undefined) => void) => void
}

export type StepInside = (carry: Tensors, row: AnyRow, t: Tensor<readonly []>, position: Position) => Tensors

/** A latent value with the distribution that it was drawn from, if it was drawn. */
export interface Drawn {
  readonly plates: ReadonlyArray<string>
  readonly value: Tensor
  /** the guide's distribution, or the prior where there is no guide; none for a given value */
  readonly guide: Dist | undefined
  /** log q at the draw, made together with it: flows need no inverse for it. A gradient flows through it as through the draw. */
  readonly logQ: Tensor<readonly []> | undefined
  /** whether it stands in a recurrence: its distributions are known by their log densities alone */
  readonly inScan?: true
}

interface Scale {
  /** the branch of a choice that it stands in, where its log density is computed and counted */
  readonly branch: Branch | undefined
  /** factor of the site's log density under the model */
  readonly scale: number | Tensor<readonly []>
}

export interface LatentSite extends Drawn, Scale {
  readonly kind: "latent"
  readonly name: string
  readonly prior: Dist
  /** whether the program itself asks for a draw from the prior, so that neither log density counts */
  readonly blocked: boolean
}

export interface ObservedSite extends Scale {
  readonly kind: "observed"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly dist: Dist
  readonly value: Tensor
  /** whether the value is data, and not of the program's own making */
  readonly isData: boolean
  /** whether it is the given value of a latent choice */
  readonly isLatent: boolean
  readonly inScan?: true
}

/** A discrete choice of the model that is summed out. */
export interface EnumeratedSite extends Scale {
  readonly kind: "enumerated"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly prior: Dist
  readonly value: Tensor
  /** whether it stands in a recurrence, which sums it out itself */
  readonly inScan?: true
  /** of such a site: a draw at each position given all data, if draws are wanted */
  readonly draws?: Tensor | undefined
}

export interface FactorSite extends Scale {
  readonly kind: "factor"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  /** the log density */
  readonly value: Tensor
}

export interface DeterministicSite {
  readonly kind: "deterministic"
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly value: Tensor
}

export type RunSite = LatentSite | ObservedSite | EnumeratedSite | FactorSite | DeterministicSite

/** The sites of one run, in the model's order. */
export type SiteTrace = ReadonlyArray<RunSite>
