// message: 5 numbers do not fall into two halves: give n locations and n log variances
// at: fromLocLogVariance
import * as tf from "@tensorflow/tfjs"
import { Normal, Tensor } from "../../src/index.ts"

export const z = Normal.fromLocLogVariance(Tensor.of([5], tf.zeros([5])))
