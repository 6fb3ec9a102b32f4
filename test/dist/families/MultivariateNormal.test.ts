import { laws } from "../laws/laws.ts"
import { multivariateNormal } from "./MultivariateNormal.ts"

laws(multivariateNormal)
