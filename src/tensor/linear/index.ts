import type { Special } from "../special/Special.ts"
import { Cholesky } from "./cholesky.ts"
import { SolveTriangular } from "./solveTriangular.ts"

/** Every function of matrices, by the name of its kernel. Leading dimensions of their inputs broadcast; the last two are a matrix. */
export const linear: Readonly<Record<string, Special>> = { Cholesky, SolveTriangular }
