import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../dist/Dist.ts"
import { Improper, NoClosedForm } from "../../Errors.ts"
import type { Shape, Tensor } from "../../tensor/Tensor.ts"
import { simplify } from "../../trace/passes/index.ts"
import { vectorise } from "../../trace/vectorise.ts"
import type { Learned } from "../fit/Learned.ts"
import type { Part } from "../fitted/part.ts"
import { type RowFunction, resultOutput, rowGraph } from "../fitted/rowGraph.ts"

/** A model of one latent value, as functions of one datum whose shapes are not known here. */
interface Model {
  readonly prior: Dist
  readonly likelihood: (z: Tensor) => Dist
  readonly encoder: (x: Tensor) => Dist
  readonly datum: Shape
}

export type ModelPart = "encoder" | "decoder" | "model"

/** Values by name, each with what it is. */
type Values = Readonly<Record<string, { readonly value: tf.Tensor; readonly about: string }>>

/** The parts of a fitted model that run by themselves. */
export const modelParts = (
  learned: Learned,
  { prior, likelihood, encoder, datum }: Model
): Readonly<Record<ModelPart, () => Part>> => ({
  encoder: () =>
    ofRows("From x to the guide's distribution q(z | x).", learned, { x: datum }, ({ x }) => {
      const q = encoder(at(x))
      return { ...parametersOf("q(z | x)", q), ...momentsOf("z", q, ["mean", "sd"]) }
    }),
  decoder: () =>
    ofRows("From z to the distribution p(x | z).", learned, { z: prior.shape }, ({ z }) => {
      const p = likelihood(at(z))
      return { ...parametersOf("p(x | z)", p), ...momentsOf("x", p, ["mean"]) }
    }),
  model: () =>
    ofRows(
      "From x and noise to a draw of z from q(z | x), and what the model says of it.",
      learned,
      { x: datum },
      ({ x }, key) => {
        const q = encoder(at(x))
        const { value: z, logProb } = q.sampleAndLogProb(key("z"))
        const p = likelihood(z)
        return {
          z: { value: z, about: "a draw from q(z | x)" },
          ...momentsOf("x", p, ["mean"]),
          logWeight: {
            value: tf.sub(tf.add(p.logProb(at(x)), prior.logProb(z)), logProb),
            about: `log p(x, z) − log q(z | x) in nats: ${meaningOf([prior, p, q])}`
          }
        }
      }
    )
})

/** The ELBO, unless one of the distributions is no density. */
const meaningOf = (dists: ReadonlyArray<Dist>): string => {
  const why = dists.flatMap(({ noBound, remark = "it is no density" }) => (noBound === true ? [remark] : []))
  return why.length === 0 ? "its mean over draws is the ELBO" : `no bound on log p(x) (${why.join("; ")})`
}

const at = (value: Tensor | undefined): Tensor => {
  if (value === undefined) throw new RangeError("a part has no such input")
  return value
}

type ValuesOfRow = (...row: Parameters<RowFunction>) => Values

const ofRows = (
  about: string,
  { parameters, derived }: Learned,
  shapes: Readonly<Record<string, Shape>>,
  f: ValuesOfRow
): Part => {
  const words = new Map<string, string>()
  const { graph, axis } = rowGraph(shapes, { parameters, nets: derived.nets }, (row, key) =>
    Object.fromEntries(
      Object.entries(f(row, key)).map(([name, { value, about }]) => {
        words.set(name, about)
        return [name, value]
      })
    )
  )
  const outputs = [...words].map(([name, about]) => [resultOutput(name), { name, about }] as const)
  return {
    about,
    sized: {
      open: ["batch"],
      at: ({ batch = 1 }) => simplify(vectorise(graph, { ...axis, size: batch, spread: true }))
    },
    input: (names) => names.at(-1) ?? "",
    outputs: Object.fromEntries(outputs)
  }
}

/** The parameters of a distribution by the names with which its family is made; those of one number each have the shape of the values. */
const parametersOf = (which: string, dist: Dist): Values => {
  const all = dist.parameters()
  const named = Object.keys(all).filter((name) => Object.hasOwn(dist.constraints, name))
  const kept = named.length === 0 ? Object.keys(all) : named
  return Object.fromEntries(
    kept.map((name) => {
      const value = all[name] ?? 0
      const tensor = typeof value === "number" ? tf.scalar(value) : tf.cast(value, "float32")
      const isNumber = dist.eventRank === 0 && tensor.rank <= dist.shape.length
      const whole = isNumber ? tf.broadcastTo(tensor, [...dist.shape]) : tensor
      return [name, { value: whole, about: `parameter of ${which}, ${dist.family}` }]
    })
  )
}

const moments = {
  mean: { of: (dist: Dist): tf.Tensor => dist.mean(), words: "the mean" },
  sd: { of: (dist: Dist): tf.Tensor => tf.sqrt(dist.variance()), words: "the standard deviation" }
} as const

/** Those of the moments that a family has in closed form. */
const momentsOf = (site: string, dist: Dist, names: ReadonlyArray<keyof typeof moments>): Values =>
  Object.fromEntries(
    names.flatMap((name) => {
      const { of, words } = moments[name]
      try {
        return [[name, { value: of(dist), about: `${words} of ${site}, NaN where there is none` }]]
      } catch (error) {
        if (error instanceof NoClosedForm || error instanceof Improper) return []
        throw error
      }
    })
  )
