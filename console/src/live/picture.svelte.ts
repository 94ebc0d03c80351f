import type { FeedsAnswer, FeedView, Found, FoundAnswer, LiveAnswer, MovingView, Place, TrailAnswer } from '../api/live'
import { Problem, words } from '../api/node'
import type { PartyId } from '../api/views'
import type { Session } from '../desk/session.svelte'
import type { Asked, Tally, Told } from './talk'
import { type Filter, type Row, Table } from './things'

type View = [number, number, number, number]
export type LiveState = 'loading' | 'ready' | 'stale' | 'denied' | 'absent' | 'error'

const FEEDS_MS = 5_000
const CLOSE_MS = 5_000
/** How far beyond the screen the picture reaches, so that a short way needs no new question. */
const BEYOND = 0.25
/** The node asks for sides of 0.02 degrees at least: nothing asks what is at a point (LIM-10). */
const SHORTEST_DEG = 0.06
/** Above this zoom a thing carries its name on the map. */
const LABELS_FROM_ZOOM = 7.5
/** Who may look: positions never leave the party, not even to an auditor of all (LIM-08). */
const LOOKERS = new Set(['duty officer', 'liaison officer', 'watch chief', 'information steward'])
const NOTHING: Tally = { shown: 0, held: 0, stale: 0, invented: 0, kinds: [], feeds: [], leftOut: 0 }

/** What the map does with what changed. */
export interface Drawn {
  renew(): void
  label(rows: Row[]): void
  hold(row: Row | null): void
  trail(places: Place[]): void
}

/** One desk's live picture, as the worker tells of it. */
export class LivePicture {
  state = $state<LiveState>('loading')
  problem = $state('')
  tally = $state.raw<Tally>(NOTHING)
  list = $state.raw<{ from: number; total: number; rows: Row[]; at: number }>({ from: 0, total: 0, rows: [], at: -1 })
  selected = $state.raw<Row | null>(null)
  selectedNumber = $state<number | null>(null)
  /** More of the selected thing than the stream says. */
  close = $state.raw<MovingView | null>(null)
  closeProblem = $state('')
  places = $state.raw<Place[]>([])
  thinned = $state(0)
  feeds = $state.raw<FeedView[] | null>(null)
  /** What the rules find now; null until the node has said. */
  findings = $state.raw<Found[] | null>(null)
  expectedAgain = $state.raw<MovingView[]>([])
  feedInHand = $state('')
  /** What is asked of stays is in hand. */
  staysInHand = $state(false)
  /** The things that can be expected somewhere, as last asked for. */
  ours = $state.raw<Row[]>([])
  filter = $state.raw<Filter>({ kind: '', feed: '' })
  /** Where the map is to go, as a person asked; a new object each time, so that the same can be asked twice. */
  going = $state.raw<{ to: 'place'; lon: number; lat: number } | { to: 'all' } | null>(null)
  /** Another window of this browser holds the stream; this one asks now and then. */
  polled = $state(false)
  /** This page's clock, a second at a time, put right by the node's. */
  now = $state(Date.now())
  heardAt = $state(0)
  /** How often the map was told of changes; tests count it. */
  updates = $state(0)

  private readonly worker: Worker
  readonly table = new Table()
  private labels: Row[] = []
  private drawn: Drawn | null = null
  private ahead = 0
  private view: View | null = null
  private asked: View | null = null
  private failures = 0
  private resting = false
  private ended = false
  private feedsTimer: ReturnType<typeof setTimeout> | undefined
  private closeTimer: ReturnType<typeof setTimeout> | undefined
  private readonly clock: ReturnType<typeof setInterval>
  private readonly seen = () => (document.hidden ? this.rest() : this.wake())

  constructor(
    private readonly session: Session,
    readonly party: PartyId,
    readonly role: string,
  ) {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    this.worker.addEventListener('message', ({ data }: MessageEvent<Told>) => this.hear(data))
    this.clock = setInterval(() => (this.now = Date.now() + this.ahead), 1000)
    document.addEventListener('visibilitychange', this.seen)
    if (LOOKERS.has(role)) void this.begin()
    else this.state = 'denied'
  }

  end(): void {
    this.ended = true
    this.worker.terminate()
    clearInterval(this.clock)
    clearTimeout(this.feedsTimer)
    clearTimeout(this.closeTimer)
    document.removeEventListener('visibilitychange', this.seen)
  }

  get silent(): FeedView[] {
    return (this.feeds ?? []).filter((feed) => feed.state === 'silent')
  }

  get base(): string {
    return `/api/v1/desks/${encodeURIComponent(this.party)}/live`
  }

  drawOn(drawn: Drawn | null): void {
    this.drawn = drawn
    drawn?.label(this.labels)
    drawn?.hold(this.selected)
    drawn?.trail(this.places)
  }

  /** Ask for the feeds first: the answer tells whether there is a live picture here, and for whom. */
  private async begin(): Promise<void> {
    await this.lookAtFeeds()
    if (this.state === 'loading') this.connect()
  }

  retry(): void {
    this.state = 'loading'
    void this.begin()
  }

  private async lookAtFeeds(): Promise<void> {
    clearTimeout(this.feedsTimer)
    try {
      const [{ feeds }, found] = await Promise.all([this.session.node.look<FeedsAnswer>(this.party, 'live/feeds'), this.session.node.look<FoundAnswer>(this.party, 'live/findings')])
      this.feeds = feeds
      this.findings = found.findings
      this.expectedAgain = found.expected_again
      if (this.state === 'absent' || this.state === 'denied' || this.state === 'error') this.state = 'loading'
    } catch (fault) {
      this.fail(fault)
    }
    if (!this.ended && this.state !== 'absent' && this.state !== 'denied') this.feedsTimer = setTimeout(() => void this.lookAtFeeds(), FEEDS_MS)
  }

  private fail(fault: unknown): void {
    const status = fault instanceof Problem ? fault.status : 0
    if (status === 404) this.state = 'absent'
    else if (status === 401 || status === 403) this.state = 'denied'
    else if (this.state === 'loading') this.state = 'error'
    else return
    this.problem = words(fault)
  }

  /** What part of the earth the map shows now. */
  look(view: View, zoom: number): void {
    this.view = view
    this.say({ act: 'view', view: zoom >= LABELS_FROM_ZOOM ? view : null })
    if (this.state !== 'ready' && this.state !== 'stale' && this.state !== 'loading') return
    if (!this.asked || !inside(view, this.asked) || wide(this.asked) > 4 * wide(view)) this.connect()
  }

  private connect(): void {
    if (!this.view || this.ended || this.resting || this.feeds === null) return
    this.asked = around(this.view)
    const token = this.session.node.token(this.party)
    const { mark } = this.session.node
    const headers: Record<string, string> = mark ? { 'X-Keepclear-CSRF': mark } : token ? { Authorization: `Bearer ${token}` } : {}
    const box = this.asked.map((degrees) => degrees.toFixed(5)).join(',')
    this.say({ act: 'open', base: new URL(this.base, location.href).href, headers, box })
  }

  private say(asked: Asked): void {
    this.worker.postMessage(asked)
  }

  private hear(told: Told): void {
    if (told.what === 'changes') {
      this.updates += 1
      this.table.take(told.change)
      this.drawn?.renew()
    } else if (told.what === 'page') this.list = { from: told.from, total: told.total, rows: told.rows, at: told.at }
    else if (told.what === 'labels') this.label(told.rows)
    else if (told.what === 'ours') this.ours = told.rows
    else if (told.what === 'picked') this.picked(told.numbers)
    else if (told.what === 'tally') this.tally = told.tally
    else if (told.what === 'selected') this.hold(told.row)
    else if (told.what === 'heard') this.heard(told.now, told.polled)
    else this.lost(told.status, told.words)
  }

  private label(rows: Row[]): void {
    this.labels = rows
    this.drawn?.label(rows)
  }

  private heard(now: number, polled: boolean): void {
    this.ahead = now - Date.now()
    this.now = now
    this.heardAt = Date.now()
    this.polled = polled
    this.failures = 0
    this.state = 'ready'
    this.problem = ''
  }

  /** What is on screen stays and grows old before the reader's eyes; there is one retry loop, the link's. */
  private lost(status: number, problem: string): void {
    if (status === 401 || status === 403 || status === 404) {
      this.state = status === 404 ? 'absent' : 'denied'
      this.problem = problem
      return
    }
    if (this.state === 'ready') this.state = 'stale'
    this.problem = problem
    this.failures += 1
    void this.again()
  }

  private async again(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** this.failures)))
    this.session.link.doubt()
    await this.session.link.restored()
    this.connect()
  }

  /** Where nobody looks, nothing is asked; the connection is free for another window. */
  private rest(): void {
    this.resting = true
    this.say({ act: 'rest' })
  }

  private wake(): void {
    this.resting = false
    this.connect()
  }

  /** Take in hand what stands under a press; pressed again, the next of them by name. */
  press(view: View): void {
    this.say({ act: 'pick', view })
  }

  private picked(numbers: number[]): void {
    if (!numbers.length) return
    const at = this.selectedNumber === null ? -1 : numbers.indexOf(this.selectedNumber)
    this.select(numbers[(at + 1) % numbers.length] ?? null)
    this.session.stage = 'live'
  }

  choose(filter: Partial<Filter>): void {
    this.filter = { ...this.filter, ...filter }
    this.say({ act: 'choose', filter: { ...this.filter } })
  }

  page(from: number, many: number): void {
    this.say({ act: 'page', from, many })
  }

  select(number: number | null): void {
    if (number === this.selectedNumber) return
    this.selectedNumber = number
    if (number !== null) {
      this.feedInHand = ''
      this.staysInHand = false
    }
    this.close = null
    this.closeProblem = ''
    this.places = []
    this.drawn?.trail([])
    this.say({ act: 'select', number })
    clearTimeout(this.closeTimer)
    if (number === null) this.hold(null)
  }

  holdFeed(name: string): void {
    this.feedInHand = this.feedInHand === name ? '' : name
    this.staysInHand = false
    this.select(null)
  }

  holdStays(on: boolean): void {
    this.select(null)
    this.feedInHand = ''
    this.staysInHand = on
    if (on) this.askOurs()
  }

  askOurs(): void {
    this.say({ act: 'ours' })
  }

  /** Bring a measure or notice to the front of the desk, and the map to it. */
  follow(subject: string): void {
    this.session.select(subject)
  }

  /** What the alarm that says a finding asks for: contact alone. */
  asksOf(alarm: string | null): string[] {
    const board = this.session.station(this.party)?.board
    return [...(board?.new ?? []), ...(board?.earlier ?? [])].find(({ subject }) => subject === alarm)?.asks ?? []
  }

  /** The feed that brings what was recorded, where a demo is played among recorded flights. */
  get recorded(): string {
    return this.session.demo?.recorded?.feed ?? ''
  }

  /** How many things the feeds have brought, wherever the map looks. */
  get everywhere(): number {
    return (this.feeds ?? []).reduce((sum, feed) => sum + feed.things, 0)
  }

  /** Draw the map back until it shows the whole theatre, and where it did already, the whole earth. */
  showAll(): void {
    this.going = { to: 'all' }
  }

  /** Bring the thing in hand to the middle of the map. */
  go(): void {
    if (this.selected) this.going = { to: 'place', lon: this.selected.lon, lat: this.selected.lat }
  }

  private hold(row: Row | null): void {
    if (row && row.number !== this.selectedNumber) return
    const first = row !== null && this.selected?.number !== row.number
    // What has left the part of the map stays selected, with what was last known of it.
    if (row || this.selectedNumber === null) this.selected = row
    this.drawn?.hold(this.selected)
    if (first) void this.lookClosely()
  }

  /** Ask for what the stream does not say: heights, doubts, ties and the trail. */
  private async lookClosely(): Promise<void> {
    clearTimeout(this.closeTimer)
    const row = this.selected
    if (!row || this.ended) return
    const half = SHORTEST_DEG / 2
    const box = [Math.max(-180, row.lon - half), Math.max(-90, row.lat - half), Math.min(180, row.lon + half), Math.min(90, row.lat + half)]
    try {
      const [near, trail] = await Promise.all([
        this.session.node.look<LiveAnswer>(this.party, `live?box=${box.map((degrees) => degrees.toFixed(5)).join(',')}`),
        this.session.node.look<TrailAnswer>(this.party, `live/${row.number}/trail`),
      ])
      if (row.number !== this.selectedNumber) return
      this.close = near.moving.find(({ number }) => number === row.number) ?? this.close
      this.places = trail.places
      this.thinned = trail.thinned_s
      this.closeProblem = ''
      this.drawn?.trail(trail.places)
    } catch (fault) {
      if (row.number === this.selectedNumber) this.closeProblem = words(fault)
    }
    if (!this.ended && row.number === this.selectedNumber) this.closeTimer = setTimeout(() => void this.lookClosely(), CLOSE_MS)
  }
}

const wide = ([west, , east]: View): number => east - west
const inside = (small: View, large: View): boolean => small[0] >= large[0] && small[1] >= large[1] && small[2] <= large[2] && small[3] <= large[3]

/** A box somewhat beyond what is shown, within what there is of the earth. */
function around([west, south, east, north]: View): View {
  const beyond = (from: number, to: number) => Math.max((to - from) * BEYOND, (SHORTEST_DEG - (to - from)) / 2)
  const [x, y] = [beyond(west, east), beyond(south, north)]
  return [Math.max(-180, west - x), Math.max(-90, south - y), Math.min(180, east + x), Math.min(90, north + y)]
}
