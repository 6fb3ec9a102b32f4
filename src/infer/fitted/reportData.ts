import type { Progress } from "../fit/progress.ts"

type Event<Tag extends string> = Omit<Extract<Progress<unknown>, { readonly _tag: Tag }>, "_tag">

/** What a report says of one fit: how it began, its epochs with the parts of their loss, and its warnings. */
export interface ReportedFit {
  readonly name: string | undefined
  readonly started: Event<"Started">
  readonly epochs: ReadonlyArray<Event<"Epoch">>
  readonly warnings: ReadonlyArray<string>
  /** why it ended before its last epoch, where a rule ended it */
  readonly because: string | undefined
}

/** A figure of merit, and the bar that it must reach. */
export interface ReportedFigure {
  readonly name: string
  readonly value: number
  readonly unit?: string
  readonly bar?: readonly [side: "at least" | "at most", value: number]
}

/** Something that a report shows, in the forms that it has: a picture as a file in a `data:` address, a table as HTML; or plain text. */
export interface ReportedShow {
  readonly title: string
  readonly picture?: string
  readonly html?: string
  readonly text?: string
}

/** All that a report says, as plain data. */
export interface ReportData {
  readonly title: string
  readonly about: string | undefined
  readonly settings: Readonly<Record<string, string | number>>
  readonly seconds: number
  readonly fits: ReadonlyArray<ReportedFit>
  readonly figures: ReadonlyArray<ReportedFigure>
  readonly shown: ReadonlyArray<ReportedShow>
}
