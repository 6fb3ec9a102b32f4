/** A value that changes, and tells it. */
export interface Cell<A> {
  readonly get: () => A
  readonly set: (value: A) => void
  /** calls with the value of now, and with each later one */
  readonly listen: (heard: (value: A) => void) => void
}

export const cell = <A>(first: A): Cell<A> => {
  const listeners: Array<(value: A) => void> = []
  let value = first
  return {
    get: () => value,
    set: (next) => {
      value = next
      for (const heard of listeners) heard(next)
    },
    listen: (heard) => {
      listeners.push(heard)
      heard(value)
    }
  }
}

/** Asks one question at a time; of those that come meanwhile only the last one is asked. */
export const latest = <Q, A>(ask: (question: Q) => Promise<A>, heard: (answer: A) => void): ((question: Q) => void) => {
  let isBusy = false
  let next: { readonly question: Q } | undefined
  const run = async (): Promise<void> => {
    isBusy = true
    try {
      while (next !== undefined) {
        const { question } = next
        next = undefined
        heard(await ask(question))
      }
    } finally {
      isBusy = false
    }
  }
  return (question) => {
    next = { question }
    if (!isBusy) void run()
  }
}
