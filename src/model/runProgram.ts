import { Cause, Effect, Exit } from "effect"
import { MixedScheduler, type SchedulerDispatcher } from "effect/Scheduler"
import { GuideMismatch, InvalidOption } from "../Errors.ts"
import { type Branch, joined, settledResult, wayOf } from "../tensor/branch.ts"
import type { Tensors } from "../tensor/scan.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import type { AnyProgram } from "./Guided.ts"
import type { AnyRow, Interpreter, SiteRequest } from "./Interpreter.ts"
import { enterPlate, leavePlate } from "./Param.ts"
import { discharge } from "./Site.ts"

/** The answers to a program's requests. */
export interface Answers {
  readonly site: (request: SiteRequest) => Tensor
  /** the rows that the body of a plate sees, one after the other; called when the plate is entered */
  readonly rows: (plate: string, again: boolean) => Iterable<AnyRow>
  /** whether these are all rows; otherwise one stands for all */
  readonly everyRow?: boolean
  /** the values of all rows of a plate, from those of the rows that its body saw */
  readonly collect: (plate: string, values: ReadonlyArray<Tensor>) => Tensor
  /** runs one step of a recurrence for all positions of a sequence, from its first carry to its last */
  readonly scan: (sequence: string, init: Tensors, step: Step, again: boolean) => Tensors
}

/** One position of a sequence. */
export type Step = (carry: Tensors, row: AnyRow, position: Tensor<readonly []>) => Tensors

/**
 * Runs a program once, from beginning to end, and gives its result. Programs are synchronous and of one fiber: all that they describe is recorded in
 * one go. A refusal reaches the caller even if the program catches it.
 *
 * @throws GuideMismatch for a program that forks, waits, or asks for a site after its end; errors of the program's own code as they are
 */
export const runProgram = (program: AnyProgram, answers: Answers): unknown => {
  const scheduler = new OneFiber()
  let owner: number | undefined
  let ended = false
  let refused: { readonly error: unknown } | undefined
  const guarded = <A>(what: string, fiber: number, f: () => A): A => {
    try {
      if (ended) throw outside(what, "its program has ended")
      if (fiber !== owner) throw outside(what, "another fiber asks for it")
      return f()
    } catch (error) {
      refused ??= { error }
      throw error
    }
  }
  /** what the body of each plate gave for its rows, when it was last run */
  const results = new Map<string, Array<unknown>>()
  let branch: Branch | undefined
  const inBranch = <A, E, R>(inner: Branch, body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const around = branch
      branch = inner
      inner.enter()
      const left = Effect.sync(() => {
        inner.leave()
        branch = around
      })
      return Effect.ensuring(body, left)
    })
  const interpreter: Interpreter["Service"] = {
    site: (request, fiber) =>
      guarded(request.name, fiber, () => answers.site(branch === undefined ? request : { ...request, branch })),
    everyRow: answers.everyRow ?? false,
    plate: (name, body, fiber, again = false) =>
      Effect.suspend(() => {
        const rows = guarded(name, fiber, () => answers.rows(name, again)[Symbol.iterator]())
        const first = guarded(name, fiber, () => rows.next())
        if (first.done === true) throw noRows(name)
        enterPlate(name)
        const found: Array<unknown> = []
        results.set(name, found)
        const noted = (row: AnyRow) => Effect.tap(body(row), (result) => Effect.sync(() => found.push(result)))
        return Effect.ensuring(eachRow(noted, first.value, rows), Effect.sync(leavePlate))
      }),
    collect: (plate, value, fiber) =>
      guarded(plate, fiber, () => answers.collect(plate, (results.get(plate) ?? [value]) as ReadonlyArray<Tensor>)),
    scan: <C extends Tensors, E, R>(name: string, init: C, body: Body<C, E, R>, fiber: number, again = false) =>
      Effect.flatMap(Effect.context<R>(), (context) =>
        Effect.sync(() =>
          guarded(name, fiber, () => {
            if (branch !== undefined && answers.everyRow !== true) throw branched(name)
            enterPlate(name)
            try {
              const step: Step = (carry, row, position) =>
                valueOf(settled(Effect.provideContext(body(carry as C, row, position), context)))
              return answers.scan(name, init, step, again) as C
            } finally {
              leavePlate()
            }
          })
        )
      ),
    choose: (where, predicates, branches, fiber) =>
      Effect.suspend(() => {
        const way = guarded(where, fiber, () => wayOf(predicates()))
        if (way.kind === "one") {
          const taken = branches[way.taken]
          if (taken !== undefined) return Effect.map(taken, settledResult)
          throw new InvalidOption({ option: `what ${where} chooses by`, value: "NaN", expected: "a number" })
        }
        const all = branches.map((body, i) => {
          const inner = way.branches[i]
          return inner === undefined ? body : inBranch(inner, Effect.map(body, settledResult))
        })
        return Effect.map(Effect.all(all), (found) => guarded(where, fiber, () => joined(where, found, way.join)))
      })
  }
  /** Runs an Effect to its end in one go, in a fiber that may ask for sites meanwhile. */
  const settled = <C, E>(part: Effect.Effect<C, E>): Exit.Exit<C, E> | undefined => {
    const before = owner
    const fiber = Effect.runFork(
      Effect.withFiber((own) => {
        owner = own.id
        return part
      }),
      { scheduler }
    )
    const exit = fiber.pollUnsafe()
    owner = before
    if (exit === undefined || scheduler.forked) fiber.interruptUnsafe()
    return exit
  }
  const valueOf = <C, E>(exit: Exit.Exit<C, E> | undefined): C => {
    if (exit === undefined) throw outside("(program)", "the program waits for something asynchronous")
    if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
    return exit.value
  }
  const exit = settled(discharge(program, interpreter) as Effect.Effect<unknown>)
  ended = true
  if (refused !== undefined) throw refused.error
  if (exit !== undefined && scheduler.forked) throw outside("(program)", "the program forks a fiber")
  return valueOf(exit)
}

type Body<C, E, R> = (carry: C, row: AnyRow, position: Tensor<readonly []>) => Effect.Effect<C, E, R>

/** Runs the body of a plate for one row after the other; its result is that of the last one. */
const eachRow = <A, E, R>(
  body: (row: AnyRow) => Effect.Effect<A, E, R>,
  row: AnyRow,
  others: Iterator<AnyRow>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.suspend(() => body(row)),
    (result) => {
      const next = others.next()
      return next.done === true ? Effect.succeed(result) : eachRow(body, next.value, others)
    }
  )

const branched = (sequence: string): GuideMismatch =>
  new GuideMismatch({
    site: sequence,
    reason: "a recurrence with sites stands in a branch; choose inside of its body, position by position"
  })

const noRows = (plate: string): GuideMismatch => new GuideMismatch({ site: plate, reason: "the plate has no rows" })

const outside = (site: string, reason: string): GuideMismatch =>
  new GuideMismatch({
    site,
    reason: `${reason}, but a program is recorded in one synchronous run of one fiber. Yield its sites one after the other, and do other work before.`
  })

/** Notes each task that is put off: within a synchronous program that is a fiber of its own, or a yield. Long programs are not cut into pieces. */
class OneFiber extends MixedScheduler {
  forked = false

  constructor() {
    super("sync")
  }

  override shouldYield(): boolean {
    return false
  }

  override makeDispatcher(): ReturnType<MixedScheduler["makeDispatcher"]> {
    const dispatcher = super.makeDispatcher()
    const schedule: SchedulerDispatcher["scheduleTask"] = dispatcher.scheduleTask.bind(dispatcher)
    dispatcher.scheduleTask = (task, priority) => {
      this.forked = true
      schedule(task, priority)
    }
    return dispatcher
  }
}
