import type { Instant, Named, Said, Shown, SideTest } from './views'

/** What is counted day by day, held against its own base: rules/base_rates.py and rules/crossings.py. */
export interface DayRow {
  day: string
  state: string
  low: number | null
  high: number | null
  base: number | null
  raises_at: number | null
  raised: string
}

export interface ObserverRow {
  observer: string
  days: number
  first: string
  last: string
  answer: string
}

export interface CoverageChange {
  day: string
  words: string
}

export interface IndicatorView {
  indicator: string
  listed: boolean
  reported: boolean
  first: Shown | null
  last: Shown | null
  by: string[]
  grounds: string[]
}

export interface BaseRateView {
  matter: Named
  watches: string
  unit: string
  part: string
  answer: string
  words: string
  cannot_say: string
  began: string | null
  found: string | null
  last_watched: string | null
  usual_low: number | null
  usual_high: number | null
  sum_now: number
  sum_raises: number
  false_per_month: number
  set_by: string
  observers: ObserverRow[]
  coverage: CoverageChange[]
  days: DayRow[]
  indicators: IndicatorView[]
  tests: SideTest[]
  presences: string[]
  grounds: string[]
}

export interface UsualView {
  answer: string
  words: string
  tolerated_per_day: number
  since: string | null
  days_above: number
  of_days: number
  grounds: string[]
}

export interface CrossingSeries {
  party: string
  unit: string
  answer: string
  words: string
  cannot_say: string
  usual: UsualView
  usual_low: number | null
  usual_high: number | null
  false_per_month: number
  set_by: string
  observers: ObserverRow[]
  coverage: CoverageChange[]
  days: DayRow[]
  grounds: string[]
}

export interface Passage {
  day: string
  party: string
  seen_inside: Shown | null
  seen_outside: Shown | null
  outcome: string
  incident: Named | null
  words: string
  grounds: string[]
}

export interface PassageCounts {
  entries: number
  entered_and_left: number
  incident_followed: number
  not_seen_leaving: number
  words: string
}

export interface CrossingsView {
  measure: Named
  measure_kind: string
  series: CrossingSeries[]
  passages: Passage[]
  counts: PassageCounts | null
}

/** Both lists as one desk had them at one time. */
export interface Counted {
  at: Instant | null
  baseRates: BaseRateView[]
  crossings: CrossingsView[]
}

/** The rival courses that were claimed of one incident, as given: views/courses.py. */
export interface CourseView {
  statement: string
  what: string
  of_party: string
  speaker: string
  certainty: string
  places: { at: Shown | null; lon: number; lat: number; major_m: number; minor_m: number; bearing_deg: number }[]
  revised: boolean
  said: Said
}

export interface CoursesView {
  incident: Named
  versions: CourseView[]
  compared: { at: Shown | null; versions: [string, string]; apart_m: number; both_can_hold: boolean; words: string }[]
  words: string
}
