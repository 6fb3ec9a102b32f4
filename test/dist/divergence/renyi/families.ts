import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../../src/dist/Beta.ts"
import { Binomial } from "../../../../src/dist/Binomial.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Chi2 } from "../../../../src/dist/Chi2.ts"
import { ContinuousBernoulli } from "../../../../src/dist/ContinuousBernoulli.ts"
import { Dirichlet } from "../../../../src/dist/Dirichlet.ts"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { Exponential } from "../../../../src/dist/Exponential.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { Geometric } from "../../../../src/dist/Geometric.ts"
import { HalfNormal } from "../../../../src/dist/HalfNormal.ts"
import { InverseGamma } from "../../../../src/dist/InverseGamma.ts"
import { LKJCholesky } from "../../../../src/dist/LKJCholesky.ts"
import { LogitNormal } from "../../../../src/dist/LogitNormal.ts"
import { LogNormal } from "../../../../src/dist/LogNormal.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { NegativeBinomial } from "../../../../src/dist/NegativeBinomial.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../../src/dist/OneHotCategorical.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { VonMises } from "../../../../src/dist/VonMises.ts"
import { Wishart } from "../../../../src/dist/Wishart.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"

type Vector = ReadonlyArray<number>
/** A family's parameters as the fixture has them. */
export interface Given extends Readonly<Record<string, number | Vector | ReadonlyArray<Vector>>> {}

/** A row of the fixture. */
export interface Reference {
  readonly q: Given
  readonly p: Given
  readonly alpha: number
  readonly divergence: number | "inf"
}

/** Rényi divergences by quadrature, summation or normalisers, by family: scripts/fixtures/renyi.py. */
export const { families: references }: { readonly families: Readonly<Record<string, ReadonlyArray<Reference>>> } =
  JSON.parse(readFileSync(new URL("../../../fixtures/renyi.json", import.meta.url), "utf8"))

const numberOf = (given: Given, name: string): number => Number(given[name])
const vectorOf = (given: Given, name: string): Tensor<readonly [number]> => {
  const x = given[name] as Vector
  return Tensor.of([x.length], tf.tensor1d([...x]))
}
const matrixOf = (given: Given, name: string): Tensor<readonly [number, number]> => {
  const x = given[name] as ReadonlyArray<Vector>
  return Tensor.of([x.length, x.length], tf.tensor2d(x.map((row) => [...row])))
}

type Make = (given: Given) => Dist
const one =
  (make: (x: number) => Dist, name: string): Make =>
  (given) =>
    make(numberOf(given, name))
const two =
  (make: (x: number, y: number) => Dist, first: string, second: string): Make =>
  (given) =>
    make(numberOf(given, first), numberOf(given, second))

/** A distribution of each family from the parameters of the fixture. */
export const made: Readonly<Record<string, Make>> = {
  Normal: two(Normal, "loc", "scale"),
  LogNormal: two(LogNormal, "loc", "scale"),
  LogitNormal: two(LogitNormal, "loc", "scale"),
  HalfNormal: one(HalfNormal, "scale"),
  Exponential: one(Exponential, "rate"),
  Gamma: two(Gamma, "concentration", "rate"),
  Chi2: one(Chi2, "df"),
  InverseGamma: two(InverseGamma, "concentration", "scale"),
  Beta: two(Beta, "concentration1", "concentration0"),
  ContinuousBernoulli: one((logits) => ContinuousBernoulli({ logits }), "logits"),
  VonMises: two(VonMises, "loc", "concentration"),
  Poisson: one((rate) => Poisson({ rate }), "rate"),
  Geometric: one((logits) => Geometric({ logits }), "logits"),
  NegativeBinomial: two((count, logits) => NegativeBinomial({ count, logits }), "count", "logits"),
  Bernoulli: one((logits) => Bernoulli({ logits }), "logits"),
  Binomial: two((count, logits) => Binomial(count, { logits }), "count", "logits"),
  Categorical: (given) => Categorical({ logits: vectorOf(given, "logits") }),
  OneHotCategorical: (given) => OneHotCategorical({ logits: vectorOf(given, "logits") }),
  MultivariateNormal: (given) =>
    MultivariateNormal(vectorOf(given, "loc"), { scaleTril: matrixOf(given, "scaleTril") }),
  Dirichlet: (given) => Dirichlet(vectorOf(given, "concentration")),
  LKJCholesky: two(LKJCholesky, "dimension", "concentration"),
  Wishart: (given) => Wishart(numberOf(given, "df"), matrixOf(given, "scaleTril"))
}

/** The largest parameter of two laws, 1 or more. */
export const sizeOf = (...given: ReadonlyArray<Given>): number =>
  Math.max(1, ...given.flatMap((each) => Object.values(each).flat(2)).map((x) => Math.abs(Number(x))))
