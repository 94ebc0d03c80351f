import { Link } from '../api/link.svelte'
import { Node, Problem, words } from '../api/node'
import { follow, type StreamEvent } from '../api/stream'
import type { Caption, Demo, Focus, Scene, Side } from '../api/demo'
import type { Instant, PartyId, Picture, Told } from '../api/views'
import { readInstant } from '../times/instant'
import { introduce } from '../parts/parties.svelte'
import { t } from '../words/catalogue.svelte'
import { readJson } from '../words/isolation'
import { Sending } from '../hotline/sending.svelte'
import { Showing } from '../hotline/showing'
import { Station } from '../hotline/station.svelte'
import { LivePicture } from '../live/picture.svelte'
import { type Box, THEATRE } from '../map/theatre'
import { Feed } from './feed.svelte'

export const PAGES = ['now', 'hotline', 'mechanisms'] as const
export type Page = (typeof PAGES)[number]
export type Stage = 'between' | 'live' | 'acts' | 'proof'

/** What the address asks for: any view is a link that opens the same again. */
function addressed(): { page: Page; at: Instant | null } {
  const asked = new URLSearchParams(location.search)
  return { page: PAGES.find((page) => page === asked.get('page')) ?? 'now', at: readInstant(asked.get('at') ?? '') }
}

/** Between two questions for one desk's picture. */
const BREATH_MS = 400

/** Between two questions for what a desk has counted. */
const COUNT_MS = 2_000

const STATES: Demo['state'][] = ['waiting', 'playing', 'done']

/** A record only grows and its clock only goes on. */
function goesBack(now: Picture, before: Picture): boolean {
  return Number(now.cursor) < Number(before.cursor) || now.now < before.now
}

interface Following {
  etag: string
  /** The newest question; an answer to an older one that comes after it is dropped. */
  asked: number
  refetch: ReturnType<typeof setTimeout> | undefined
  /** Something arrived while the last question was under way. */
  again: boolean
}

/** Everything the console is doing: whose desks are open, at which time, and where the play stands. */
export class Session {
  readonly node: Node
  readonly link = new Link()
  opening = $state<'waiting' | 'open' | 'failed'>('waiting')
  problem = $state('')
  demo = $state.raw<Demo | null>(null)
  feeds = $state.raw<Feed[]>([])
  /** Each desk's place at the hotline, in the order of the desks. */
  stations = $state.raw<Station[]>([])
  readonly sending: Sending
  readonly showing: Showing
  /** What each desk told the other, newest last, keyed by "author→reader". */
  told = $state.raw<Record<string, Told>>({})
  /** The instant that the desks are pulled back to; null is live. */
  at = $state<Instant | null>(null)
  /** Every instant at which something reached one of the desks: the steps of the time slider. */
  steps = $state.raw<Instant[]>([])
  heard = $state.raw<Caption[]>([])
  scene = $state.raw<Scene | null>(null)
  play = $state<Demo['state'] | 'none'>('none')
  mapFocus = $state.raw<Focus | null>(null)
  /** The object in hand: the map rings it, and goes there when a person asked for it. */
  inHand = $state.raw<{ subject: string; go: boolean }>({ subject: '', go: false })
  /** The play has just ended in this page: the record is proved and a forged copy refused, unasked. */
  proving = $state(false)
  page = $state<Page>('now')
  stage = $state<Stage>('between')
  /** The live picture of the desk whose own map this is; null where the node has none. */
  live = $state.raw<LivePicture | null>(null)
  announced = $state('')
  /** Counts the records that this page has looked at; with a new one, results of the old are thrown away. */
  round = $state(0)
  /** The part of the earth that the map shows, as west, south, east, north. */
  mapView = $state.raw<[number, number, number, number] | null>(null)

  private readonly end = new AbortController()
  private readonly following = new Map<PartyId, Following>()

  /** `own` is the party of a signed-in person; the demonstration names its desks itself. */
  constructor(
    node = new Node(),
    private readonly own: PartyId = '',
    private readonly role = 'duty officer',
  ) {
    this.node = node
    this.sending = new Sending(node, this.link, this.end.signal)
    this.showing = new Showing(this, own, role)
    this.link.lost = () => this.rejoin()
  }

  get caption(): Caption | null {
    return this.heard.at(-1) ?? null
  }

  /** Every desk is as the node has it: nothing else may be called live. */
  get fresh(): boolean {
    return this.link.state === 'up' && this.feeds.length > 0 && this.feeds.every((feed) => feed.state === 'ready')
  }

  /** The part of the earth that the map shows at first and comes back to. */
  get home(): Box {
    return this.demo?.view ?? THEATRE
  }

  /** A time of what is played, or else now, as a person would type it. */
  get exampleTime(): string {
    const now = this.feeds[0]?.picture?.now ?? new Date().toISOString()
    const began = this.demo ? (this.demo.recorded?.began ?? '2018-02-07T19:00') : now
    return began.slice(0, 16).replace('T', ' ')
  }

  get permanentCaption(): string {
    return this.demo?.caption ?? this.feeds[0]?.picture?.caption ?? ''
  }

  get cap(): string {
    return this.feeds[0]?.picture?.cap ?? ''
  }

  async open(): Promise<void> {
    const asked = addressed()
    this.link.start()
    this.page = asked.page
    this.problem = ''
    this.opening = 'waiting'
    try {
      if (this.own) this.openOwn(this.own)
      else await this.openDemo()
      this.stations = this.feeds.map((feed) => new Station(this, feed, this.role))
      for (const feed of this.feeds) feed.count = () => void this.fetchCounted(feed)
      this.opening = 'open'
    } catch (fault) {
      this.opening = 'failed'
      this.problem = words(fault)
      return
    }
    await Promise.all(this.feeds.map((feed) => this.fetch(feed.party)))
    void this.loadSteps()
    this.followDesks()
    void this.openLive()
    if (asked.at) this.moveTo(asked.at)
  }

  /** One live picture for a page: that of the first desk, or of the one whose map is chosen. */
  private async openLive(): Promise<void> {
    const party = this.feeds[0]?.party
    const info = await this.node.info().catch(() => null)
    if (party && info?.live && !this.end.signal.aborted) this.followLive(party)
  }

  followLive(party: PartyId): void {
    if (this.live?.party === party) return
    this.live?.end()
    this.live = new LivePicture(this, party, this.role)
    if (this.demo?.recorded && this.stage === 'between') this.stage = 'live'
  }

  private openOwn(party: PartyId): void {
    this.feeds = [new Feed(party, party, () => void this.fetch(party))]
    this.stage = 'acts'
  }

  private async openDemo(): Promise<void> {
    const demo = await this.node.demo()
    this.seen(demo)
    const personas = demo.desks.map((party) => demo.personas.find((persona) => persona.party === party)).filter((persona) => persona !== undefined)
    introduce(demo.sides)
    this.feeds = personas.map((persona) => new Feed(persona.party, persona.name, () => void this.fetch(persona.party)))
    if (demo.state === 'done' && !demo.recorded) this.stage = 'acts'
  }

  close(): void {
    this.end.abort()
    for (const station of this.stations) station.close()
    this.showing.close()
    this.live?.end()
    this.link.stop()
  }

  station(party: PartyId): Station | undefined {
    return this.stations.find((each) => each.party === party)
  }

  feed(party: PartyId): Feed | undefined {
    return this.feeds.find((each) => each.party === party)
  }

  /** Join the play. The node starts it when the first page joins, so the page joins once it has drawn. */
  joinPlay(): void {
    if (this.play === 'none' || this.play === 'done' || this.joined || this.rejoining) return
    this.joined = true
    void follow({
      path: '/api/v1/demo/stream',
      token: '',
      from: '',
      heard: (event) => this.hearPlay(event),
      lost: () => this.rejoin(),
      signal: AbortSignal.any([this.end.signal, this.playEnd.signal]),
    })
  }
  private joined = false
  private playEnd = new AbortController()

  async replay(): Promise<void> {
    try {
      await this.node.play()
    } catch (fault) {
      this.problem = words(fault)
      return
    }
    this.startOver()
  }

  private hearPlay(event: StreamEvent): void {
    if (event.event === 'caption') this.hearCaption(readJson(event.data) as Caption)
    else if (event.event === 'scene') this.hearScene(readJson(event.data) as Scene)
    else if (event.event === 'fault') this.problem = (readJson(event.data) as { detail: string }).detail
    else if (event.event === 'restart') this.startOver()
    else if (event.event === 'done') this.hearDone()
  }

  private hearCaption(caption: Caption): void {
    if (this.heard.some((each) => each.n === caption.n)) return
    this.play = 'playing'
    this.heard = [...this.heard, caption]
    this.announced = `${caption.speaker}: ${caption.text}`
    this.touchAll()
    this.look(caption.focus, caption.desk)
  }

  private hearScene(scene: Scene): void {
    this.scene = scene
    // A scene moves the map alone: which object comes to the front of a desk is its captions' matter.
    this.mapFocus = scene.focus
  }

  private hearDone(): void {
    this.play = 'done'
    this.endWithProof()
    this.playEnd.abort()
    this.joined = false
    this.followDesks()
    this.touchAll()
  }

  /** Where flights move they stay in sight; elsewhere the story ends with its proof. */
  private endWithProof(): void {
    this.stage = this.demo?.recorded ? 'live' : 'proof'
    this.proving = true
  }

  /** It is played again, on a fresh record. */
  private startOver(): void {
    this.forget()
    this.rejoin()
  }

  /** What was heard, held and proved belongs to a record that is gone. */
  private forget(): void {
    this.round += 1
    this.heard = []
    this.scene = null
    this.steps = []
    this.told = {}
    this.stage = this.demo?.recorded ? 'live' : 'between'
    this.proving = false
    this.at = null
    this.inHand = { subject: '', go: false }
    for (const feed of this.feeds) {
      feed.picture = null
      feed.counted = null
      feed.state = 'loading'
    }
  }

  /** Take in where the play stands. */
  private seen(demo: Demo): void {
    this.demo = demo
    for (const persona of demo.personas) this.node.admit(persona.party, persona.token)
    const shown = demo.captions.filter((caption) => demo.shown.includes(caption.n))
    const missed = shown.filter((caption) => !this.heard.some((each) => each.n === caption.n)).at(-1)
    this.heard = shown
    // What was said while the stream was down leaves the desks where the story stands, as if it had been heard.
    if (missed && this.opening === 'open') this.look(missed.focus, missed.desk)
    this.problem = demo.fault
    // The word that it is over may have come while the stream was down: then it is learnt here.
    const ended = demo.state === 'done' && (this.play === 'waiting' || this.play === 'playing')
    this.play = demo.state
    if (ended) this.endWithProof()
  }

  /**
   * Something broke off: a stream, a question, the node. Another record may answer next, under the same address
   * and tokens, so nothing that is on screen counts until every desk has been asked anew.
   */
  private rejoin(): void {
    if (this.opening !== 'open') return
    this.desksEnd.abort()
    this.playEnd.abort()
    this.joined = false
    for (const feed of this.feeds) feed.doubt(t('state.rejoining'))
    for (const station of this.stations) station.doubt(t('state.rejoining'))
    this.asked += 1
    if (!this.rejoining) void this.rejoinUntilFresh()
  }
  private rejoining = false
  private asked = 0

  private async rejoinUntilFresh(): Promise<void> {
    this.rejoining = true
    for (let failures = 0; !this.end.signal.aborted; failures += 1) {
      const asked = this.asked
      await new Promise((resolve) => setTimeout(resolve, failures ? Math.min(5_000, 250 * 2 ** failures) : 0))
      this.link.doubt()
      await this.link.restored()
      if ((await this.askAll()) && asked === this.asked) break
    }
    this.rejoining = false
    if (this.end.signal.aborted) return
    this.desksEnd = new AbortController()
    this.playEnd = new AbortController()
    this.followed.clear()
    this.joined = false
    this.joinPlay()
    this.followDesks()
    void this.loadSteps()
  }

  /** A play only goes on: one that stands earlier than what this page heard is another, on another record. */
  private isEarlier(demo: Demo): boolean {
    const stood = this.play === 'none' ? -1 : STATES.indexOf(this.play)
    return demo.shown.length < this.heard.length || STATES.indexOf(demo.state) < stood || demo.elapsed_s < (this.demo?.elapsed_s ?? 0)
  }

  /** Ask for the play and every desk from the beginning; false when one of them did not answer. */
  private async askAll(): Promise<boolean> {
    const demo = this.own ? null : await this.node.demo().catch(() => null)
    if (!demo && !this.own) return false
    if (demo && demo.desks.join() !== this.feeds.map((feed) => feed.party).join()) {
      location.reload()
      return false
    }
    if (demo && this.isEarlier(demo)) this.forget()
    if (demo) this.seen(demo)
    for (const feed of this.feeds) this.known(feed.party).etag = ''
    const round = this.round
    await Promise.all(this.feeds.map((feed) => this.fetch(feed.party)))
    if (demo && round !== this.round) this.seen(demo)
    return this.feeds.every((feed) => feed.state === 'ready' || feed.state === 'denied')
  }

  /**
   * Follow the desks. While the play runs, one desk's stream speaks for all: a browser opens six connections to
   * one node and no more, and two windows side by side must not use them up.
   */
  private followDesks(): void {
    if (this.rejoining) return
    for (const [n, feed] of this.feeds.entries()) {
      if (this.followed.has(feed.party) || (n > 0 && this.play === 'playing')) continue
      this.followed.add(feed.party)
      this.followDesk(feed)
    }
  }
  private readonly followed = new Set<PartyId>()

  private desksEnd = new AbortController()

  /** Bring an object to the front of the desk that is meant, or of both. */
  look(focus: Focus, desk: PartyId | ''): void {
    const meant = focus.desk || desk
    if (focus.subject) this.inHand = { subject: focus.subject, go: false }
    for (const feed of this.feeds) {
      if (focus.view) {
        if (!meant || feed.party === meant) feed.point(focus.view, focus.subject ?? '', focus.statement ?? '')
        else feed.follow(focus.view, focus.subject ?? '', focus.statement ?? '')
      } else if (focus.subject) feed.find(focus.subject)
    }
    if (focus.lon !== undefined && focus.lat !== undefined) this.mapFocus = focus
  }

  /** Show an object on every desk that holds it. */
  select(subject: string): void {
    this.inHand = { subject, go: true }
    for (const feed of this.feeds) feed.find(subject)
  }

  moveTo(at: Instant | null): void {
    if (at === this.at) return
    this.at = at
    for (const feed of this.feeds) void this.fetch(feed.party)
  }

  /** Look at a desk's picture again, soon: many entries that arrive together cost one question. */
  touch(party: PartyId): void {
    const known = this.known(party)
    known.again = known.refetch !== undefined
    known.refetch ??= setTimeout(() => {
      void this.fetch(party).finally(() => {
        known.refetch = undefined
        if (known.again) this.touch(party)
      })
    }, BREATH_MS)
  }

  private known(party: PartyId): Following {
    let found = this.following.get(party)
    if (!found) {
      found = { etag: '', asked: 0, refetch: undefined, again: false }
      this.following.set(party, found)
    }
    return found
  }

  async fetch(party: PartyId): Promise<void> {
    const feed = this.feed(party)
    if (!feed) return
    const known = this.known(party)
    const at = this.at
    const asked = (known.asked += 1)
    try {
      const fresh = await this.node.picture(party, at, feed.picture ? known.etag : '')
      if (asked !== known.asked) return
      if (fresh) {
        if (this.rejoining && at === null && feed.picture?.live && goesBack(fresh.value, feed.picture)) this.forget()
        known.etag = fresh.etag
        introduce(fresh.value.parties)
        feed.show(fresh.value)
      } else {
        feed.refreshed()
      }
      void this.fetchTold(party, at)
      void this.station(party)?.fetch()
    } catch (fault) {
      if (asked !== known.asked) return
      feed.fail(words(fault), fault instanceof Problem && (fault.status === 401 || fault.status === 403))
      // A refusal is an answer; anything else leaves open who will answer next.
      if (!(fault instanceof Problem) || fault.status >= 500) this.rejoinAfterFault()
    }
  }

  private rejoinAfterFault(): void {
    if (!this.rejoining) this.rejoin()
  }

  /** The sides whose desks are at other nodes. */
  get elsewhere(): Side[] {
    const here = new Set(this.feeds.map((feed) => feed.party))
    return (this.demo?.sides ?? []).filter((side) => !here.has(side.party))
  }


  /** Ask for a desk's counts, one question at a time and not at every entry of a busy hour: days change slowly. */
  private async fetchCounted(feed: Feed): Promise<void> {
    const busy = this.counting.has(feed.party)
    this.counting.set(feed.party, busy)
    if (busy) return
    do {
      this.counting.set(feed.party, false)
      const { at, round } = this
      const counted = await this.node.counted(feed.party, at).catch(() => null)
      if (counted && at === this.at && round === this.round) feed.counted = counted
      await new Promise((resolve) => setTimeout(resolve, at === this.at ? COUNT_MS : 0))
    } while (this.counting.get(feed.party) && !this.end.signal.aborted)
    this.counting.delete(feed.party)
  }
  /** The desks whose counts are being asked for; true where something has changed since. */
  private readonly counting = new Map<PartyId, boolean>()

  private async fetchTold(author: PartyId, at: Instant | null): Promise<void> {
    for (const reader of [...this.feeds, ...this.elsewhere].map((each) => each.party)) {
      if (reader === author) continue
      const told = await this.node.told(author, reader, at).catch(() => null)
      if (told && at === this.at) this.told = { ...this.told, [`${author}→${reader}`]: told }
    }
  }

  private followDesk(feed: Feed): void {
    void follow({
      path: `/api/v1/desks/${encodeURIComponent(feed.party)}/stream`,
      token: this.node.token(feed.party),
      from: feed.picture?.cursor ?? '',
      heard: (event) => this.hearDesk(feed, event),
      lost: () => this.rejoin(),
      signal: AbortSignal.any([this.end.signal, this.desksEnd.signal]),
    })
  }

  private hearDesk(feed: Feed, event: StreamEvent): void {
    this.station(feed.party)?.links.touch()
    if (event.event !== 'entry') {
      this.touchAll()
      return
    }
    const entry = readJson(event.data) as { at: Instant; title: string }
    this.addSteps([entry.at])
    if (this.play !== 'playing') this.announced = `${feed.name}: ${entry.title}`
    if (this.play === 'playing') this.touchAll()
    else if (this.at === null) this.touch(feed.party)
  }

  private touchAll(): void {
    if (this.at === null) for (const feed of this.feeds) this.touch(feed.party)
  }

  /** Ask anew for the slider's steps. It is moved by those that it has until the answers are there. */
  private async loadSteps(): Promise<void> {
    const before = new Set(this.steps)
    const answers = await Promise.all(this.feeds.map(({ party }) => this.node.held(party).catch(() => null)))
    if (answers.every((held) => held !== null)) this.steps = this.steps.filter((step) => !before.has(step))
    this.addSteps(answers.flatMap((held) => held?.map((each) => each.received_at) ?? []))
  }

  private addSteps(instants: Instant[]): void {
    const all = new Set([...this.steps, ...instants])
    if (all.size !== this.steps.length) this.steps = [...all].sort()
  }
}
