// Kills fits ten times each on every engine, fills a disk, lets processes save to one path at once, interrupts and breaks fits: npm run faults.
// npm run faults -- --kills 30 kills more often.
import { spawnSync } from "node:child_process"

const at = process.argv.indexOf("--kills")
const kills = at < 0 ? "10" : process.argv[at + 1]
const env = { ...process.env, LATENT_KILLS: kills }
const args = ["node_modules/vitest/vitest.mjs", "run", "test/safety/faults.test.ts", "test/infer/faults.test.ts"]
process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1
