import { laws } from "../laws/laws.ts"
import { hypergeometric } from "./Hypergeometric.ts"

laws(hypergeometric)
