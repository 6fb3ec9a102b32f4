import { linear } from "./linear/index.ts"
import { special } from "./special/index.ts"
import type { Special } from "./special/Special.ts"

/** Our own kernels by name: those that tfjs does not have, and that this library writes as tfjs ops. */
export const ownKernels: Readonly<Record<string, Special>> = { ...special, ...linear }
