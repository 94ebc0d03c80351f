// The JSON of a node's views, field for field as src/keepclear/views gives it; tests/console/test_views.py
// compares the names. One definition per thing: the console shows these and keeps no copies of its own.
import type { Feature, FeatureCollection, Geometry } from 'geojson'

export type PartyId = string
export type Instant = string

export interface Named {
  subject: string
  name: string
  kind: string
}

export interface Cited {
  subject: string
  name: string
  publisher: string
  published: string
  chain: string[]
  grade: string
}

/** A time for reading: the instant, the words at the place, how exactly it is known. */
export interface Shown {
  at: Instant
  words: string
  precision: string
  about: boolean
}

/** The attribution that everything shown carries: who signs, whose words, how they came. */
export interface Said {
  statement: string
  subject: string
  author: PartyId
  author_name: string
  speaker: string
  speaker_party: string
  speaker_office: string
  speaker_unclear: boolean
  own: boolean
  via: string
  source: Cited | null
  mark: string
  stated_at: Instant
  said_at: Shown | null
  received_at: Instant
  form: string
  cap: string
  remarks: string
  line: string
}

export interface PartyView {
  party: PartyId
  name: string
  party_kind: string
  reach: string
  local_names: Record<string, string>
  labels: string[]
  remarks: string
  said: Said
}

export interface RelationView {
  subject: string
  from_party: PartyId
  from_name: string
  to_party: PartyId
  to_name: string
  relation: string
  relay_minutes: number | null
  remarks: string
  said: Said
}

export interface Leg {
  from_party: PartyId
  to_party: PartyId
  over: string
  minutes: number | null
}

export interface RelayView {
  to_party: PartyId
  to_name: string
  direct: boolean
  path: PartyId[]
  legs: Leg[]
  minutes: number | null
  minutes_known: boolean
  words: string
}

export interface AgreementView {
  subject: string
  name: string
  parties: PartyId[]
  domains: string[]
  signed: string
  text_withheld: boolean
  provides: string[]
  excludes: string[]
  said: Said
}

export interface EndView {
  party: PartyId
  party_name: string
  role: string
  place: string
  languages: string[]
}

export interface UseView {
  statement: string
  what: string
  with_party: string
  purpose: string
  gist: string
  answered: boolean | null
  when: Shown | null
  said: Said
}

export interface HotlineView {
  subject: string
  name: string
  domain: string
  level: string
  ends: EndView[]
  media: string[]
  hours: string
  security: string
  purpose_limit: string
  declared: string
  observed: string
  last_contact: UseView | null
  unanswered: UseView[]
  uses: UseView[]
  said: Said
}

export interface StanceView {
  party: PartyId
  party_name: string
  stance: string
  words: string
  own: boolean
  when: Shown | null
  on_this_text: boolean
  latest: boolean
  said: Said
}

export interface PostView {
  name: string
  monitor: PartyId
  monitor_name: string
  place: string
  outline: Outline | null
}

export type Outline = Geometry | Feature | FeatureCollection

/** How a measure's own times stand at the picture's time; all empty where it states none. */
export interface Validity {
  force: string
  start: Instant | null
  end: Instant | null
  words: string
}

export interface MeasureView {
  subject: string
  statement: string
  name: string
  measure: string
  effect: string
  wording: string
  basis: string
  standing: string
  validity: Validity
  parties: PartyId[]
  domain: string
  heights: string
  place: string
  outline: Outline | null
  belt: Outline | null
  radius_m: number | null
  tolerance_m: number | null
  reach_m: number | null
  left_bank: string
  right_bank: string
  left_parties: PartyId[]
  right_parties: PartyId[]
  part_of: Named | null
  segments: { subject: string; name: string; standing: string; validity: Validity }[]
  guarantors: string[]
  monitors: string[]
  posts: PostView[]
  step_back_m: number | null
  checked_by: string
  term: string
  purpose: string
  drawn_from: string
  stances: StanceView[]
  no_stance: string[]
  texts: { ordinal: number; statement: string; stated_at: Instant; form: string; standing: string }[]
  linked: Named[]
  remarks: Said[]
  not_owner: Said[]
  said: Said
}

export interface Step {
  rung: string
  at: Instant
  received_at: Instant | null
  per: string
  how: string
  by: string
  cell: string
  remarks: string
}

export interface LadderView {
  reader: PartyId
  reached: string
  steps: Step[]
  beside: Step[]
}

export interface OverlayView {
  subject: string
  statement: string
  name: string
  items: { statement: string; name: string; standing: string; validity: Validity }[]
  left_out: string[]
  medium: string
  ladders: LadderView[]
  said: Said
}

export interface NoticeView {
  subject: string
  statement: string
  activity: string
  what: string
  outlines: Outline[]
  window: string
  people: string
  origin: string
  destination: string
  contact_role: string
  reason: string
  hazards: string[]
  about: Named[]
  status: string
  said: Said
}

export interface SideTest {
  measure: Named
  answer: string
  distance_m: number | null
  tolerance_m: number | null
  accuracy_m: number | null
  words: string
}

export interface PresenceView {
  subject: string
  statement: string
  party: PartyId
  party_name: string
  what: string
  place: string
  outline: Outline | null
  accuracy_m: number | null
  seen: string
  strength: string
  as_of: Shown | null
  since: string
  purpose: string
  end_condition: string
  beside: string[]
  about: Named[]
  tests: SideTest[]
  said: Said
}

export interface ObservationView {
  subject: string
  statement: string
  what: string
  party: string
  place: string
  outline: Outline | null
  at: Shown | null
  count: string
  count_low: number | null
  count_high: number | null
  indicators: string[]
  tests: SideTest[]
  said: Said
}

export interface BandView {
  at: Shown | null
  count: string
  low: number | null
  high: number | null
  indicators: string[]
}

export interface RaisedView {
  statement: string
  to: string[]
  precedence: string
  said: Said
  answer: string
  answered_at: Instant | null
  answered_by: string
  answers: { statement: string; answer: string; at: Instant; by: string; per: string }[]
}

export interface BuildUpView {
  subject: string
  statement: string
  name: string
  outline: Outline
  reference: Named | null
  series: BandView[]
  trend: string
  trend_words: string
  attributed_to: string
  rate: string
  watch_for: string
  review_at: Shown | null
  about: Named[]
  near: Named[]
  raised: RaisedView[]
  status: string
  closed_at: Instant | null
  reask_due: Instant | null
  next_rung: string
  ask: string
  reach: RelayView[]
  said: Said
}

export interface RemarkView {
  subject: string
  text: string
  about: Named[]
  place: string
  as_of: Shown | null
  said: Said
}

export interface AnswerView {
  statement: string
  answer: string
  words: string
  by: string
  own: boolean
  at: Instant
  said: Said
}

export interface ReadBackView {
  statement: string
  by: string
  role: string
  fields: Record<string, string>
  said: Said
}

export interface MessageView {
  subject: string
  statement: string
  kind: string
  direction: string
  to: string[]
  to_names: string[]
  purpose: string
  precedence: string
  texts: { words: string; lang?: string; translation?: boolean }[]
  warning: string
  trigger: string
  consequence: string
  channel: Named | null
  about: Named[]
  asks: string[]
  for_party: string
  relay_words: string
  answers: AnswerView[]
  read_backs: ReadBackView[]
  ladders: LadderView[]
  acknowledge_due: Instant | null
  overdue: boolean
  missing: boolean
  code: string
  parts: PartView[]
  repeated: RepeatedView[]
  corrects: string
  corrected_by: string
  crossed: string[]
  attachments: { salted_hash: string; what: string; media_type?: string; size_bytes?: number }[]
  said: Said
}

export interface PartView {
  field: string
  part: string
  said: string
}

export interface FieldView {
  field: string
  part: string
  said: string
  heard: string
  outcome: string
  words: string
  settled: string
  point: { lon: number; lat: number } | null
  gap_m: number | null
  read_back: string
}

export interface RepeatedView {
  reader: string
  reader_name: string
  fields: FieldView[]
  open: string[]
  may_confirm: boolean
}

export interface MeetingView {
  subject: string
  statement: string
  name: string
  parties: string[]
  level: string
  when: Shown | null
  place: string
  series: string
  number: number | null
  agenda: string[]
  outcomes: string[]
  follow_ups: string[]
  hedge: string
  overlays: Named[]
  held: boolean
  remarks: Said[]
  said: Said
}

export interface ReplyView {
  reply: string
  words: string
  by: string
  said: Said
}

export interface ClaimView {
  statement: string
  aspect: string
  shown: string
  low: number | null
  high: number | null
  unit: string
  whose: string
  place: string
  certainty: string
  finding: boolean
  as_of: Shown | null
  speaker: string
  speaker_party: string
  revised: boolean
  withdrawn: boolean
  replies: ReplyView[]
  said: Said
}

export interface IncidentView {
  subject: string
  statement: string
  name: string
  act: string
  occurred: Shown | null
  place: string
  outline: Outline | null
  involved: { role: string; party: string; words: string }[]
  status: string
  series: string
  narrative: string
  measures: Named[]
  tests: SideTest[]
  aspects: { aspect: string; claims: ClaimView[] }[]
  linked: Named[]
  statements: Said[]
  said: Said
}

export interface PublicView {
  subject: string
  statement: string
  topic: string
  gist: string
  template: string
  about: Named[]
  replies: ReplyView[]
  said: Said
}

export interface SourceView {
  subject: string
  name: string
  source_kind: string
  publisher: string
  published: Shown | null
  file: string
  reprint_of: string
  chain: string[]
  grade: string
  cited_by: number
  said: Said
}

export interface LinkView {
  a: Named
  b: Named
  relation: string
  words: string
  party: PartyId
  said: Said
}

/** Something that a named human must act on; its actions are contact steps only (LIM-07). */
export interface AttentionItem {
  rule: string
  at: Instant
  title: string
  words: string
  actions: { kind: string; words: string }[]
  matter: Named
  grounds: { statement: string; words: string }[]
  stances: StanceView[]
  due: Instant | null
  overdue: boolean
}

/** Everything that had reached one party's node by `at`. */
export interface Picture {
  party: PartyId
  name: string
  /** The instant that was asked for; null is everything that has arrived. */
  at: Instant | null
  now: Instant
  live: boolean
  cursor: string
  cap: string
  banner: string
  caption: string
  counts: Record<string, number>
  parties: PartyView[]
  relations: RelationView[]
  relays: RelayView[]
  agreements: AgreementView[]
  hotlines: HotlineView[]
  measures: MeasureView[]
  overlays: OverlayView[]
  notices: NoticeView[]
  presences: PresenceView[]
  observations: ObservationView[]
  buildups: BuildUpView[]
  remarks: RemarkView[]
  messages: MessageView[]
  meetings: MeetingView[]
  incidents: IncidentView[]
  publics: PublicView[]
  sources: SourceView[]
  links: LinkView[]
  attention: AttentionItem[]
}

export interface ToldItem {
  statement: string
  subject: string
  kind: string
  title: string
  ordinal: number
  superseded: boolean
  stated_at: Instant
  recorded_at: Instant
  ladder: LadderView
}

export interface Told {
  author: PartyId
  reader: PartyId
  at: Instant
  items: ToldItem[]
}

export interface HeldItem {
  statement: string
  subject: string
  kind: string
  title: string
  author: PartyId
  reader: PartyId
  stated_at: Instant
  received_at: Instant
  digest: string
}

export interface ToldAnswer {
  statement: string
  subject: string
  digest: string
  told: { reader: PartyId; index: number; recorded_at: Instant }[]
  repeated: boolean
  at: Instant
  warnings: string[]
}

/** What the verifier found; a refusal names the log, the entry and the file where it stopped. */
export interface Proof {
  verified: boolean
  grade: number
  grade_words: string
  entries: number
  lines: string[]
  logs: { author: PartyId; reader: PartyId; size: number; grade: number; cosigned: string[] }[]
  refused: string
  log: string
  entry: number | null
  file: string
}

export interface MechanismRow {
  mechanism: string
  rows: { title: string; subject: string; statement: string; view: string }[]
  empty: boolean
}

export interface NodeInfo {
  name: string
  mode: 'demo' | 'node'
  cap: string
  now: Instant
  custody: string
  live: boolean
  parties: { party: PartyId; name: string }[]
}
