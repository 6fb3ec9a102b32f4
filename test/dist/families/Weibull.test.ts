import { laws } from "../laws/laws.ts"
import { weibull } from "./Weibull.ts"

laws(weibull)
