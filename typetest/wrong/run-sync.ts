// message 6: Type 'Latent<"w", Dist<readonly [3], "real", "reparameterized" | "score", "Normal"> & Has<readonly [3], "entropy" | "cdf" | "logCdf" | "logSurvival" | "icdf" | "icdfOfLogs" | "mode">>' is not assignable to type 'never'
// message 7: Type 'Latent<"w", Dist<readonly [3], "real", "reparameterized" | "score", "Normal"> & Has<readonly [3], "cdf" | "entropy" | "icdf" | "icdfOfLogs" | "logCdf" | "logSurvival" | "mode">>' is not assignable to type 'never'
// at: Effect.runSync
import { Effect } from "effect"
import { Normal, sample } from "../../src/index.ts"

export const w = Effect.runSync(sample("w", Normal(0, 1).iid(3)))
