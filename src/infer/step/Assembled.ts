import type * as tf from "@tensorflow/tfjs"
import type { LatentSite } from "../joint/Joint.ts"
import type { TermInfo } from "./terms.ts"
import type { Along, Weighted } from "./weighted.ts"

/** The terms of a loss, each for one position, with the cost to go of each draw. */
export interface Assembled {
  readonly terms: ReadonlyArray<TermInfo>
  /** one scalar a term */
  readonly values: ReadonlyArray<tf.Tensor>
  /** what an objective makes of each of them, where that is another number */
  readonly costs?: ReadonlyArray<tf.Tensor>
  /** everything that a site's draw influences, summed to the axes of the site, given those enumerated sites that the draw itself depends on */
  readonly costToGo: (site: LatentSite, axes: ReadonlyArray<string>) => Along | undefined
  /** expectations over enumerated draws */
  readonly over: Weighted
  readonly whole: ReadonlyArray<string>
}
