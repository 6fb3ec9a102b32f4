import { laws } from "../laws/laws.ts"
import { betaBinomial } from "./BetaBinomial.ts"

laws(betaBinomial)
