import { laws } from "../laws/laws.ts"
import { zeroInflatedPoisson } from "./ZeroInflatedPoisson.ts"

laws(zeroInflatedPoisson)
