import { laws } from "../laws/laws.ts"
import { pareto } from "./Pareto.ts"

laws(pareto)
