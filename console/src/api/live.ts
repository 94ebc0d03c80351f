// The shapes of a desk's live picture (src/keepclear/views/live.py); tests/console/test_views.py holds them together.
import type { Instant, Named, PartyId } from './views'

/** West, south, east, north in degrees. */
export interface Box {
  west: number
  south: number
  east: number
  north: number
}

export interface MovingView {
  number: number
  id: string
  feed: string
  kind: string
  callsign: string
  whose: PartyId | null
  whose_name: string
  standing: string
  invented: boolean
  at: Instant
  age_s: number
  stale: boolean
  stale_after_s: number
  lon: number
  lat: number
  accuracy_m: number | null
  height_m: number | null
  datum: string | null
  height_accuracy_m: number | null
  speed_mps: number | null
  course_deg: number | null
  climb_mps: number | null
  doubt: string
  tied_to: Named | null
  expected_again: string
}

export interface LiveAnswer {
  party: PartyId
  now: Instant
  cap: string
  box: Box
  cursor: number
  moving: MovingView[]
  left_out: number
  silent_feeds: string[]
}

export interface Place {
  at: Instant
  received_at: Instant
  lon: number
  lat: number
  accuracy_m: number | null
  height_m: number | null
  datum: string | null
  speed_mps: number | null
  course_deg: number | null
}

export interface TrailAnswer {
  party: PartyId
  now: Instant
  number: number
  id: string
  feed: string
  callsign: string
  invented: boolean
  thinned_s: number
  places: Place[]
}

/** What of a thing seldom changes. */
export interface ThingName {
  number: number
  id: string
  feed: string
  kind: string
  callsign: string
  whose: PartyId | null
  standing: string
  invented: boolean
  stale_after_s: number
}

/** What has changed in a box, as columns of one length. */
export interface Diff {
  now: Instant
  cursor: number
  named: ThingName[]
  number: number[]
  lon: number[]
  lat: number[]
  at: number[]
  accuracy_m: (number | null)[]
  height_m: (number | null)[]
  speed_mps: (number | null)[]
  course_deg: (number | null)[]
  out: number[]
  left_out: number
}

/** A thing that must be inside an area; its number is -1 where it is no longer known. */
export interface ExpectedView {
  number: number
  called: string
  start: Instant | null
  end: Instant | null
  grace_s: number
}

/** What is asked of stays in one area. */
export interface StayView {
  about: Named
  dwell_s: number | null
  whose: string
  expected: ExpectedView[]
  by_role: string
  since: Instant
}

export interface StaysAnswer {
  party: PartyId
  now: Instant
  stays: StayView[]
}

/** A thing in a finding; not where it is. */
export interface FoundThing {
  number: number
  called: string
  whose: string
  since: Instant
  certain: boolean
  over: string
}

export interface Found {
  rule: string
  matter: Named
  words: string
  things: FoundThing[]
  alarm: string | null
}

export interface FoundAnswer {
  party: PartyId
  now: Instant
  cap: string
  findings: Found[]
  expected_again: MovingView[]
}

export interface RefusalView {
  rule: string
  words: string
  count: number
  last_at: Instant
  last_id: string
}

export interface FeedView {
  name: string
  kind: string
  standing: string
  invented: boolean
  state: string
  words: string
  heard_at: Instant | null
  hears_us_at: Instant | null
  last_fix_at: Instant | null
  last_fix_age_s: number | null
  clock_ahead_s: number | null
  silent_after_s: number
  things: number
  taken: number
  late: number
  thinned: number
  unread: number
  refused: RefusalView[]
}

export interface FeedsAnswer {
  party: PartyId
  now: Instant
  feeds: FeedView[]
  waiting: number
}
