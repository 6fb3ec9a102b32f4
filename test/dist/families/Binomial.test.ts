import { laws } from "../laws/laws.ts"
import { binomial } from "./Binomial.ts"

laws(binomial)
