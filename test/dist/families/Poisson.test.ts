import { laws } from "../laws/laws.ts"
import { poisson } from "./Poisson.ts"

laws(poisson)
