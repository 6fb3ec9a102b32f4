import { laws } from "../laws/laws.ts"
import { discreteUniform } from "./DiscreteUniform.ts"

laws(discreteUniform)
