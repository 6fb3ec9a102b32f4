import { laws } from "../laws/laws.ts"
import { multivariateStudentT } from "./MultivariateStudentT.ts"

laws(multivariateStudentT)
