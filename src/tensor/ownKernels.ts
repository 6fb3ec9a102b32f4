import { linear } from "./linear/index.ts"
import { special } from "./special/index.ts"
import type { Special } from "./special/Special.ts"

/** Every kernel that tfjs does not have and this library writes as ops that it has, by name. */
export const ownKernels: Readonly<Record<string, Special>> = { ...special, ...linear }
