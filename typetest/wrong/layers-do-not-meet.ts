// message: Argument of type 'Tensor<readonly [400]>' is not assignable to parameter of type 'Tensor<readonly [40]>'
// at: head(hidden(

import * as tf from "@tensorflow/tfjs"
import { Net, Tensor } from "../../src/index.ts"

const hidden = Net.mlp([784, 400])
const head = Net.mlp([40, 2])
export const out = head(hidden(Tensor.of([784], tf.zeros([784]))))
