import { laws } from "../laws/laws.ts"
import { multinomial } from "./Multinomial.ts"

laws(multinomial)
