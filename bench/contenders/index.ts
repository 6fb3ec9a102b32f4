import { fileURLToPath } from "node:url"
import type { Command } from "../contender.ts"
import { inRoot } from "../root.ts"
import type { Kind } from "../workloads.ts"

/** Whose program it is: this library's, tfjs by hand, or another library in Python. */
export type Side = "ours" | "byHand" | "peer"

export interface Contender {
  readonly name: string
  readonly label: string
  readonly side: Side
  readonly kinds: ReadonlyArray<Kind>
  /** takes part only when it is named: it does not do the same work as the others to the last bits */
  readonly whenNamed?: true
}

const all: ReadonlyArray<Kind> = ["vae", "logistic", "sites"]
const two: ReadonlyArray<Kind> = ["vae", "logistic"]

export const contenders: ReadonlyArray<Contender> = [
  { name: "onnx", label: "latent, onnx engine", side: "ours", kinds: all },
  { name: "tensorflow", label: "latent, tensorflow engine", side: "ours", kinds: all },
  {
    name: "tensorflow-bfloat16",
    label: "latent, tensorflow engine, products in bfloat16",
    side: "ours",
    kinds: ["vae"],
    whenNamed: true
  },
  { name: "wasm", label: "latent, eager engine on tfjs wasm", side: "ours", kinds: all },
  { name: "tfjs-node", label: "tfjs-node by hand, eager", side: "byHand", kinds: two },
  { name: "tfjs-wasm", label: "tfjs wasm by hand, eager", side: "byHand", kinds: two },
  { name: "torch_eager", label: "PyTorch, eager", side: "peer", kinds: two },
  { name: "torch_compile", label: "PyTorch, torch.compile", side: "peer", kinds: two },
  { name: "jax_step", label: "JAX, jit", side: "peer", kinds: two },
  { name: "numpyro_step", label: "NumPyro, step by step", side: "peer", kinds: all },
  { name: "numpyro_scan", label: "NumPyro, lax.scan", side: "peer", kinds: all },
  { name: "pyro_elbo", label: "Pyro, Trace_ELBO", side: "peer", kinds: two },
  { name: "tfp_step", label: "TensorFlow Probability", side: "peer", kinds: two },
  { name: "nuts", label: "latent", side: "ours", kinds: ["nuts"] },
  { name: "numpyro_nuts_vectorized", label: "NumPyro, vectorized", side: "peer", kinds: ["nuts"] },
  { name: "numpyro_nuts_sequential", label: "NumPyro, sequential", side: "peer", kinds: ["nuts"] }
]

/** How a contender is started: peers are files of bench/peers, the others modules of this folder. */
export const commandOf = ({ name, side }: Contender, python: string | undefined, threads: number): Command =>
  side === "peer"
    ? { command: python ?? "python3", args: [inRoot("bench", "peers", "main.py"), name], threads }
    : { command: process.execPath, args: [fileURLToPath(new URL("./main.js", import.meta.url)), name], threads }
