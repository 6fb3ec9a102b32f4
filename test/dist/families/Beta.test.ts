import { laws } from "../laws/laws.ts"
import { beta } from "./Beta.ts"

laws(beta)
