// The JSON of alarms, calls and call scripts, field for field as src/keepclear/views gives it;
// tests/console/test_views.py compares the names.
import type { FieldView, Instant, Named, PartyId, RepeatedView, Said, Shown, UseView } from './views'

export interface AlarmStepView {
  step: string
  at: Instant
  by_role: string
  words: string
}

export interface AlarmView {
  subject: string
  statement: string
  state: string
  precedence: string
  rule: string
  title: string
  words: string
  matter: Named
  asks: string[]
  grounds: string[]
  raised_at: Instant
  counts_from: Instant
  reached: string
  by_role: string
  reason: string
  until: Instant | null
  next_due: Instant | null
  next_words: string
  unsent: number
  cap: string
  steps: AlarmStepView[]
  said: Said
}

/** Alarms of one rule that came faster than a person can take them. */
export interface Bundle {
  rule: string
  precedence: string
  count: number
  unacknowledged: number
  first: Instant
  last: Instant
  alarms: string[]
}

export interface Board {
  party: PartyId
  new: AlarmView[]
  earlier: AlarmView[]
  bundled: Bundle[]
  shelved: AlarmView[]
  open_count: number
  flood: boolean
}

export interface BoardAnswer {
  party: PartyId
  at: Instant | null
  now: Instant
  cap: string
  board: Board
  alarms: AlarmView[]
  beyond: string
}

export interface Code {
  digits: string
  spoken: string
}

export interface PassedView {
  statement: string
  title: Named
  code: Code
  repeated: RepeatedView
  acknowledged: string
  confirmed: boolean
  answers: string[]
}

export interface CallView {
  subject: string
  statement: string
  state: string
  direction: string
  with_party: PartyId
  with_name: string
  channel: Named | null
  purpose: string
  precedence: string
  gist: string
  started: Shown | null
  caller_role: string
  answerer_role: string
  answered: boolean | null
  answered_at: Shown | null
  interpreter: boolean | null
  language: string
  waiting_since: Instant | null
  hold_due: Instant | null
  hold_s: number
  about: Named[]
  passed: PassedView[]
  ended: Shown | null
  countersigned: string
  reported: string
  said: Said
}

export interface CallsAnswer {
  party: PartyId
  at: Instant | null
  now: Instant
  banner: string
  items: CallView[]
}

/** One phrase in our language and in the counterpart's. */
export interface Both {
  ours: string
  theirs: string
}

export interface ScriptRow {
  field: string
  part: string
  label: Both
  value: Both
  spelled: Both
  grid: string
  grid_spelled: Both
}

export interface Choice {
  answer: string
  said: Both
}

export interface ScriptView {
  statement: string
  subject: string
  title: string
  digest: string
  code: Code
  precedence: string
  purpose: string
  to: string[]
  ours: string
  theirs: string
  incoming: Both
  opening: Both
  on_hold: Both
  texts: { words: string; lang?: string; translation?: boolean }[]
  wording: Both
  lines: ScriptRow[]
  code_words: Both
  read_back: Both
  who: Both
  answers: Choice[]
  closing: Both
  reviewed: string
  repeated: RepeatedView[]
}

export interface CompareAnswer {
  statement: string
  fields: FieldView[]
  open: string[]
}

export interface Spelled {
  sign: string
  word: string
}

/** Whether hours are open now, and when that changes next. */
export interface Opening {
  known: boolean
  open: boolean
  until: Instant | null
  words: string
}

export interface EndState {
  party: PartyId
  party_name: string
  role: string
  languages: string[]
  declared: string
  own_word: boolean
  opening: Opening | null
  watch: WatchState
}

/** One named person on shift; `how` is "own" by the party's own word, else "reported by" who noted it. */
export interface WatchPerson {
  name: string
  role: string
  station: string
  since: Instant
  until: Instant
  how: string
}

/** Who is on shift for a party now; that nobody is, and that it is not known, are two things. */
export interface WatchState {
  party: PartyId
  state: 'on shift' | 'nobody is on shift' | 'not known'
  persons: WatchPerson[]
  words: string
}

/** A role and whether it is on call now, and who has it by the rota. */
export interface OnCallView {
  subject: string
  role: string
  duty: string
  level: string
  languages: string[]
  station: string
  on_call: boolean
  opening: Opening
  watch: WatchState
  said: Said
}

export interface Fallback {
  subject: string
  name: string
  level: string
  observed: string
  stated: boolean
}

export interface HotlineState {
  subject: string
  statement: string
  name: string
  domain: string
  level: string
  declared: string
  observed: string
  opening: Opening | null
  hours: string
  ends: EndState[]
  last_contact: UseView | null
  last_contact_age_s: number | null
  last_contact_words: string
  last_echo: UseView | null
  fallbacks: Fallback[]
  check_due: Instant | null
  check_why: string
  check_next: Instant | null
}

export interface WordingView {
  lang: string
  text: string
  text_hash: string
  needs: string[]
  let_in: boolean
  usable: boolean
  reviewed: string
}

export interface TemplateView {
  name: string
  purpose: string
  precedence: string
  asks: string[]
  wordings: WordingView[]
}

export interface OpenItem {
  what: string
  words: string
}

/** What a handover would hold now, and the flashes for which it would be refused. */
export interface OpenWatch {
  party: PartyId
  now: Instant
  cap: string
  items: OpenItem[]
  items_hash: string
  flash: string[]
  handovers: string[]
  held_by: { name: string; since: string; handover: string } | null
  expected: { outgoing: string; incoming: string; stated_at: Instant; handover: string } | null
  on_shift: OnShift[]
}

/** Who has a role of the watch now, by the rota and the handovers within it. */
export interface OnShift {
  what: string
  role: string
  person: string
  now_with: string
  start: Instant
  end: Instant
  station: string
  state: string
  words: string
  subject: string | null
  since: Instant
  party: PartyId
  party_name: string
  how: string
}

/** A submitted draft: the act that would be told, and what a second person decided. */
export interface DraftView {
  subject: string
  statement: string
  title: string
  by_role: string
  submitted_at: Instant
  act: { body: Record<string, unknown>; readers?: PartyId[] }
  state: string
  decided_by: string
  decided_at: Instant | null
  reason: string
  told: string | null
}

export interface Member {
  party: PartyId
  party_name: string
  word: string
}

export interface Acknowledged {
  party: PartyId
  party_name: string
  rung: string
  role: string
  at: Instant
  text: string
}

export interface GroupMessage {
  statement: string
  subject: string
  kind: string
  words: string
  digest: string
  answers: string[]
  missing: string[]
  acknowledged: Acknowledged[]
  waiting: PartyId[]
  different_text: PartyId[]
  crossed: string[]
  to_all: boolean
  said: Said
}

export interface GroupView {
  subject: string
  statement: string
  name: string
  domain: string
  state: string
  in_use: string | null
  members: Member[]
  words: string
  messages: GroupMessage[]
  said: Said
}

export interface Called {
  party: PartyId
  name: string
  by: string
  how: string
  words: string
  at: Instant | null
}

/** One call for a site in danger, and of whom nobody has answered. */
export interface DangerView {
  subject: string
  statement: string
  site: Named | null
  own: boolean
  words: string
  called: Called[]
  waiting: string[]
  said: Said
}
