// message: Type 'Latent<"w", Dist<readonly [3], "real", "reparameterized" | "score", "Normal"> & Has<readonly [3],
// at: Effect.runSync
import { Effect } from "effect"
import { Normal, sample } from "../../src/index.ts"

export const w = Effect.runSync(sample("w", Normal(0, 1).iid(3)))
