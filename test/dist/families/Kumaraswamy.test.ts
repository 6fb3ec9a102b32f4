import { laws } from "../laws/laws.ts"
import { kumaraswamy } from "./Kumaraswamy.ts"

laws(kumaraswamy)
