import { laws } from "../laws/laws.ts"
import { negativeBinomial } from "./NegativeBinomial.ts"

laws(negativeBinomial)
