import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fill } from "../src/tensor/random.ts"
import type { LogisticWork, NutsWork, SitesWork, Work } from "./workloads.ts"

/** Writes the made-up data of a workload as float32 rows, so that all contenders see the same numbers. */
export const writeTable = (work: Work): void => {
  if (work.kind === "vae") return
  const values =
    work.kind === "nuts"
      ? nutsTables[work.problem](work)
      : work.kind === "logistic"
        ? logisticTable(work)
        : sitesTable(work)
  mkdirSync(dirname(work.table), { recursive: true })
  writeFileSync(work.table, new Uint8Array(values.buffer))
}

/** Columns of a table as arrays of their own: `[rows, from…to)` each. */
export const readColumns = (
  { table }: Work,
  columns: number,
  cuts: ReadonlyArray<readonly [from: number, to: number]>
): ReadonlyArray<Float32Array> => {
  const bytes = readFileSync(table)
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const rows = values.length / columns
  return cuts.map(([from, to]) => {
    const out = new Float32Array(rows * (to - from))
    for (let i = 0; i < rows; i++) out.set(values.subarray(i * columns + from, i * columns + to), i * (to - from))
    return out
  })
}

const drawn = (law: "normal" | "uniform", site: string, size: number): Float32Array => {
  const values = new Float32Array(size)
  fill(law, values, { seed: 0, site, step: 0, lane: 0 })
  return values
}

/** `[rows, columns + 1]`: the regressors, then y. */
const logisticTable = ({ rows, columns }: Pick<LogisticWork, "rows" | "columns">): Float32Array => {
  const x = drawn("normal", "x", rows * columns)
  const w = drawn("normal", "w", columns)
  const u = drawn("uniform", "y", rows)
  const table = new Float32Array(rows * (columns + 1))
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * columns, (i + 1) * columns)
    const logit = row.reduce((sum, value, j) => sum + value * (w[j] ?? 0), 0)
    table.set(row, i * (columns + 1))
    table[i * (columns + 1) + columns] = (u[i] ?? 0) < 1 / (1 + Math.exp(-logit)) ? 1 : 0
  }
  return table
}

const sitesTable = ({ rows }: SitesWork): Float32Array => drawn("normal", "y", rows).map((noise) => 1.5 + noise)

/** What the posteriors that are sampled read: effects and their errors; regressors and y; the lower triangle L of a covariance L Lᵀ; nothing. */
const nutsTables: Readonly<Record<NutsWork["problem"], (work: NutsWork) => Float32Array>> = {
  schools: () => Float32Array.of(28, 15, 8, 10, -3, 16, 7, 11, -1, 9, 1, 11, 18, 10, 12, 18),
  logistic: ({ rows, width }) => logisticTable({ rows, columns: width - 1 }),
  gaussian: ({ width }) =>
    Float32Array.from({ length: width * width }, (_, at) => {
      const [i, j] = [Math.floor(at / width), at % width]
      return j > i ? 0 : 0.9 ** (i - j) * (j === 0 ? 1 : Math.sqrt(1 - 0.9 ** 2))
    }),
  funnel: () => new Float32Array(1)
}
