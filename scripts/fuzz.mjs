// Gives the readers of files and data inputs that are no files and no data: npm run fuzz, or npm run fuzz -- --many for a hundred times as many.
// Each run has a seed of its own, which is printed: LATENT_FUZZ_SEED=… npm run fuzz runs it again.
import { spawnSync } from "node:child_process"

const many = process.argv.includes("--many")
const seed = process.env.LATENT_FUZZ_SEED ?? String(Date.now() % 2 ** 31)
console.log(`seed ${seed}`)
const env = { ...process.env, LATENT_FUZZ_RUNS: many ? "200000" : "2000", LATENT_FUZZ_SEED: seed }
const args = ["node_modules/vitest/vitest.mjs", "run", "test/fuzz", "--testTimeout", "3600000"]
process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1
