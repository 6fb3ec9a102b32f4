import { laws } from "../laws/laws.ts"
import { relaxedBernoulli } from "./RelaxedBernoulli.ts"

laws(relaxedBernoulli)
