import type { InferenceSession } from "onnxruntime-node"
import { encode, valueInfo } from "./proto.ts"
import type { Ort } from "./runtime.ts"
import { node } from "./writer.ts"

/** Runs a model of one node, to check that the runtime works. A package may load although its library does not start or its WebAssembly is missing. */
export const probe = async (ort: Ort, options: InferenceSession.SessionOptions): Promise<void> => {
  const [x, y] = [valueInfo("x", "float32", [1]), valueInfo("y", "float32", [1])]
  const graph = { name: "probe", node: [node("Identity", ["x"], ["y"])], initializer: [], input: [x], output: [y] }
  const model = encode({ irVersion: 8, producerName: "latent", opsetImport: [{ domain: "", version: 17 }], graph })
  const session = await ort.InferenceSession.create(model, options)
  const { y: result } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(42), [1]) })
  await session.release()
  if (result?.data[0] !== 42) throw new Error("it does not give back a number that it was given")
}
