import { laws } from "../laws/laws.ts"
import { gumbel } from "./Gumbel.ts"

laws(gumbel)
