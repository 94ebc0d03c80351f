// What the page and its live worker say to each other.
import type { Change, Filter, Row } from './things'

export interface Open {
  act: 'open'
  /** The path of the desk's live picture. */
  base: string
  headers: Record<string, string>
  box: string
}
export type Asked =
  | Open
  | { act: 'rest' }
  | { act: 'choose'; filter: Filter }
  | { act: 'page'; from: number; many: number }
  | { act: 'select'; number: number | null }
  /** The own, consenting and released things in the picture, by name: what can be expected somewhere. */
  | { act: 'ours' }
  /** What stands under a press on the map: all of it, by name. */
  | { act: 'pick'; view: [number, number, number, number] }
  /** The part of the map that is shown, for labels; null where it shows too much for any. */
  | { act: 'view'; view: [number, number, number, number] | null }

export interface Tally {
  shown: number
  held: number
  stale: number
  invented: number
  kinds: string[]
  feeds: string[]
  leftOut: number
}

export type Told =
  | { what: 'changes'; change: Change }
  | { what: 'page'; from: number; total: number; rows: Row[]; at: number }
  | { what: 'selected'; row: Row | null; at: number }
  | { what: 'labels'; rows: Row[] }
  | { what: 'ours'; rows: Row[] }
  | { what: 'picked'; numbers: number[] }
  | { what: 'tally'; tally: Tally }
  /** The node's clock when it last spoke, in milliseconds since 1970, by which ages run on. */
  | { what: 'heard'; now: number; polled: boolean }
  /** It broke off; `status` is what the node answered, 0 where it did not. */
  | { what: 'lost'; status: number; words: string }
