// message: Property '[a_shape_from.Tensor.of]' is missing in type 'Tensor<Rank>' but required in type 'Tensor<readonly [3]>'
// at: Net.mlp([3, 2])(tf
import * as tf from "@tensorflow/tfjs"
import { Net } from "../../src/index.ts"

export const y = Net.mlp([3, 2])(tf.zeros([3]))
