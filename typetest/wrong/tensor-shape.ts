// message: Type 'Tensor<[3]>' is not assignable to type 'Tensor<[4]>'
// at: Tensor.of([3]
import * as tf from "@tensorflow/tfjs"
import { Tensor } from "../../src/index.ts"

export const w: Tensor<[4]> = Tensor.of([3], tf.zeros([3]))
