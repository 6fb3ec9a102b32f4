// One expression changes the decoder, and the data that fit it follow.
import {
  Bernoulli,
  Data,
  type Dataset,
  LogNormal,
  model,
  Net,
  Normal,
  param,
  sigmoid,
  split,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const grey: Dataset<readonly [784], "unitInterval">
declare const real: Dataset<readonly [784], "real">
declare const tensor: Tensor<readonly [number, 784]>
declare const thousand: Tensor<[1000, 784]>

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const prior = Normal(0, 1).iid(20)

const gaussian = model(prior, (z) => Normal(sigmoid(decoder(z)), param.positive("sigma", 1))).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
export const gaussians = [
  gaussian.fit(grey),
  gaussian.fit(real),
  gaussian.fit(Data.binarize(grey)),
  gaussian.fit(tensor),
  gaussian.fit(thousand)
]

const boolean = model(prior, (z) => Bernoulli({ logits: decoder(z) })).guide((x) => {
  const [loc, logVariance] = split(encoder(x), [20, 20])
  return Normal(loc, sigmoid(logVariance))
})
export const booleans = [
  boolean.fit(Data.binarize(grey)),
  boolean.fit(Data.binarize(Data.take(grey, 100), { seed: 1 }), {
    validation: Data.binarize(grey, { threshold: 0.3 })
  }),
  boolean.fit(tensor)
]

const crossEntropy = model(prior, (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
export const crossEntropies = [crossEntropy.fit(grey), crossEntropy.fit(Data.binarize(grey)), crossEntropy.fit(tensor)]

// boolean latents
const bits = model(Bernoulli({ probs: 0.5 }).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Bernoulli({ logits: Net.mlp([784, 20])(x) })
)
const fitBits = bits.fit(Data.binarize(grey))
same<Equal<typeof fitBits, ReturnType<typeof bits.fit>>>()

// halves written apart from the model, with the mutable way to write a shape
const likelihood = (z: Tensor<[20]>) => Normal(decoder(z), 0.1)
const guess = (x: Tensor<[784]>) => {
  const h = encoder(x)
  return Normal.fromLocLogVariance(h)
}
export const apart = model(prior, likelihood).guide(guess).fit(tensor)

// a guide on a smaller support than the prior's
export const narrower = model(Normal(0, 1).iid(2), (z) => Normal(Net.mlp([2, 784])(z), 1)).guide((x) =>
  LogNormal(Net.mlp([784, 2])(x), 0.1)
)

// sizes known only at run time
const width: number = 1 + Math.floor(Math.random() * 3)
const anyWidth = model(Normal(0, 1).iid(width), (z) => Bernoulli({ logits: Net.mlp([width, 784])(z) })).guide((x) =>
  Normal.fromLocLogVariance(Net.mlp([784, 2 * width])(x))
)
export const fitAnyWidth = anyWidth.fit(tensor)
