// message: Property '[a_shape_from.Tensor.of]' is missing in type 'Tensor<Rank>' but required in type 'Tensor<Shape>'
// at: Normal(tf.mul
import * as tf from "@tensorflow/tfjs"
import { Normal, type Tensor } from "../../src/index.ts"

declare const w: Tensor<readonly [3]>
export const law = Normal(tf.mul(w, 2), 1)
