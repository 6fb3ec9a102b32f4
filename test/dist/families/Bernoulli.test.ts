import { laws } from "../laws/laws.ts"
import { bernoulli } from "./Bernoulli.ts"

laws(bernoulli)
