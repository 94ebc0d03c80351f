// What a check of a plan answers: conflicts with their grounds, and the shifts that leave none.
import type { Instant, Named, Outline, PartyId, Said, StanceView } from './views'

export interface CheckAnswer {
  answer: string
  findings: ConflictView[]
  checked_against: { objects: number; parties: { party: PartyId; name: string; objects: number; newest: Instant; age_s: number }[]; words: string; not_checked: string[] }
  all_checked: boolean
  closing: string
  banner: string
}

/** A change of the plan that leaves no overlap with one known thing. */
export interface Shift {
  kind: string
  amount: number
  unit: string
  words: string
  bearing_deg?: number
}

/** A part of a plan and a known thing that meet, with the grounds and the smallest shifts. */
export interface ConflictView {
  part: string
  what: string
  matter: Named
  statement: string
  owner: PartyId
  owner_name: string
  words: string
  wording: string
  standing: string
  stances: StanceView[]
  area_km2: number | null
  outline: Outline | null
  distance_m: number
  window: string
  heights: string
  undetermined: string
  unbounded: string[]
  shifts: Shift[]
  grounds: Said[]
}
