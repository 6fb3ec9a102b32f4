/** The version of this package, as files that it writes name it. */
export const version = "0.1.0"
