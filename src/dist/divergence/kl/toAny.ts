import * as tf from "@tensorflow/tfjs"
import { type Dist, spread } from "../../Dist.ts"
import { get } from "./closedForm.ts"

/** A closed form of KL(q‖p) from one family to every other. */
export type ToAny = (q: Dist, p: Dist) => tf.Tensor

/** The cross-entropy −log p(value): see {@link Delta} for the convention. */
const delta: ToAny = (q, p) => tf.neg(p.logProb(spread(get(q.parameters(), "value"), q.shape)))

/** Families whose divergence from any distribution has a closed form: the types of `klDivergence` are made from these keys, too. */
export const toAny = { Delta: delta } as const satisfies Readonly<Record<string, ToAny>>
