import { laws } from "../laws/laws.ts"
import { gaussianProcess } from "./GaussianProcess.ts"

laws(gaussianProcess)
