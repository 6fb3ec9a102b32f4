import { showShape } from "../../tensor/Tensor.ts"
import { version } from "../../version.ts"
import type { Learned } from "../fit/Learned.ts"
import { type Described, sitesOf, type Written } from "./part.ts"

type Models = ReadonlyArray<readonly [name: string, part: Written]>

/** The facts about an exported fit as plain data, for programs that read them. */
export const configOf = (learned: Learned, models: Models) => {
  const { derived, plan, problem, history, sizes, seed, stopped } = learned
  return {
    library: "latent",
    version,
    objective: plan.objective,
    noBound: plan.noBound,
    sites: sitesOf(learned),
    weights: {
      file: "model.safetensors",
      parameters: derived.joint.parameters.map(({ name, shape, support, plate }) => ({
        ...{ name, shape, support },
        ...(plate !== undefined && { rowsOf: plate })
      }))
    },
    models: Object.fromEntries(
      models.map(([name, { about, inputs, outputs }]) => [name, { file: `${name}.onnx`, about, inputs, outputs }])
    ),
    fit: { rows: sizes, epochs: history.length, last: history.at(-1) ?? null, per: problem.per, seed, stopped }
  }
}

/** A model card: what the fit is, what its files compute, how to call them, and what it was fitted to. */
export const cardOf = (learned: Learned, models: Models): string => {
  const { plan, history, sizes, seed, problem } = learned
  const last = history.at(-1)
  const rows = Object.entries(sizes).map(([plate, count]) => `${count} rows of \`${plate}\``)
  const unit = problem.per === "datum" ? "nats per datum" : "nats, for all the data"
  const loss = last === undefined ? [] : [`- loss in the last epoch: ${last.train.toFixed(3)} ${unit}`]
  const test = last?.test === undefined ? [] : [`- loss on validation data: ${last.test.toFixed(3)} ${unit}`]
  return [
    "# A fitted probabilistic program",
    "",
    `Written by latent ${version}. \`config.json\` says the same as data.`,
    "",
    "## The model",
    "",
    "```",
    `${plan}`,
    "```",
    "",
    "## Fitted to",
    "",
    `- ${rows.length === 0 ? "data without plates" : rows.join(", ")}`,
    `- epochs: ${history.length}; seed: ${seed}`,
    ...loss,
    ...test,
    ...plan.noBound.map((why) => `- the loss is no bound on −log p(x): ${why}`),
    "",
    "## Files",
    "",
    ...models.flatMap(([name, part]) => sectionOf(name, part)),
    "### `model.safetensors`",
    "",
    "What was learned, as real numbers before they are mapped to their supports; a matrix of weights has the shape [in, out]. The program that was fitted reads it with `load`.",
    "",
    ...exampleOf(models)
  ].join("\n")
}

const sectionOf = (name: string, { about, inputs, outputs }: Written): ReadonlyArray<string> => [
  `### \`${name}.onnx\``,
  "",
  about,
  "",
  "| | name | type | shape | |",
  "|---|---|---|---|---|",
  ...inputs.map((port) => rowOf("input", port)),
  ...outputs.map((port) => rowOf("output", port)),
  ""
]

const rowOf = (kind: string, { name, type, shape, about }: Described): string =>
  `| ${kind} | \`${name}\` | ${type} | [${shape.join(", ")}] | ${about.replaceAll("|", "\\|")} |`

/** The first of the models, called from Python. */
const exampleOf = ([first]: Models): ReadonlyArray<string> => {
  if (first === undefined) return []
  const [name, { inputs }] = first
  const given = inputs.map(
    ({ name, shape }) =>
      `"${name}": np.zeros(${showShape(shape.map((size) => (typeof size === "number" ? size : 2)))}, np.float32)`
  )
  return [
    "## In Python",
    "",
    "```python",
    "import numpy as np, onnxruntime",
    `session = onnxruntime.InferenceSession("${name}.onnx")`,
    `outputs = dict(zip([o.name for o in session.get_outputs()], session.run(None, {${given.join(", ")}})))`,
    "```",
    ""
  ]
}
