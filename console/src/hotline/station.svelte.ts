import type { AlarmView, Board, BoardAnswer, Bundle, CallsAnswer, CallView, HotlineState, ScriptView } from '../api/hotline'
import { Problem, words } from '../api/node'
import type { Instant, MessageView, PartyId, ToldAnswer } from '../api/views'
import type { Feed, FeedState } from '../desk/feed.svelte'
import type { Session } from '../desk/session.svelte'
import { nameOf } from '../parts/parties.svelte'
import { PeerLinks } from '../peers/links.svelte'
import type { RawPart } from './parts'
import { language } from '../words/catalogue.svelte'

/** The panels beside a thread; one of them is open. */
export const PANELS = ['message', 'call', 'write', 'spell', 'watch', 'second', 'group', 'matters', 'danger'] as const
export type Panel = (typeof PANELS)[number]

/** Who decides what of others leaves the desk, and in which form. */
export const STEWARDS = new Set(['watch chief', 'information steward'])

/** As many of an open bundle stand below it as one person can work through; the others move up. */
const OPENED = 30

/** What tells two bundles apart. */
export const keyOf = (bundle: Bundle): string => `${bundle.precedence} ${bundle.rule}`

/** Between two looks at what time alone changes, such as which alarms are new. */
const LOOK_AGAIN_MS = 20_000

const READ = new Set(['acknowledged', 'read back', 'read-back confirmed', 'relayed', 'briefed'])

/** Whether a message that came in is still without this desk's own acknowledgement or answer. */
export function owed(message: MessageView): boolean {
  if (message.direction !== 'in' || message.corrected_by) return false
  const own = message.ladders.some((ladder) => ladder.steps.some((step) => READ.has(step.rung) && step.how === 'own'))
  return !own && !message.answers.some((answer) => answer.own)
}

const URGENT_FIRST = ['flash', 'priority', 'routine']

/** What is urgent of a message that this desk still owes a word on: flash first, then what is due soonest. */
function urgency(a: MessageView, b: MessageView): number {
  return URGENT_FIRST.indexOf(a.precedence) - URGENT_FIRST.indexOf(b.precedence) || (a.acknowledge_due ?? '').localeCompare(b.acknowledge_due ?? '')
}

/** What is owed first, then the rest, the newest first: a routine message that has just come hides no flash. */
function byUrgency(oldestFirst: MessageView[]): MessageView[] {
  const newest = [...oldestFirst].reverse()
  return [...newest.filter(owed).sort(urgency), ...newest.filter((message) => !owed(message))]
}

/** Whose thread comes first: where the more urgent word is owed, then where more is open. */
function byThread(a: Counterpart, b: Counterpart): number {
  const [first, second] = [a, b].map((each) => each.messages.find(owed))
  if (first && second) return urgency(first, second)
  return b.owed - a.owed || b.open - a.open || b.newest.localeCompare(a.newest)
}

/** Whether a message that went out is still without its reader's own word. */
export function unheard(message: MessageView): boolean {
  if (message.direction !== 'out' || message.corrected_by) return false
  return message.ladders.some((ladder) => !ladder.steps.some((step) => READ.has(step.rung) && step.how === 'own')) && !message.answers.some((answer) => answer.own)
}

/** Who is told of what is said about a message: its author; on a group hotline every member, or the node refuses it. */
export function tellOf(message: MessageView, raw: Record<string, unknown>, own: PartyId): PartyId[] {
  return raw['group'] ? [...new Set([message.said.author, ...message.to])].filter((party) => party !== own) : [message.said.author]
}

/** An act that is asked about before it is done: the dialog reads out what it is about first. */
export type Asking =
  | { act: 'acknowledge' | 'shelve' | 'unshelve' | 'end'; alarm: AlarmView }
  | { act: 'receive' | 'answer' | 'relay' | 'withdraw'; message: MessageView }
  | { act: 'state'; title: string; lines: [string, string][]; state: () => Promise<void>; left: () => void }
  | { act: 'take-back'; name: string; of: string }
  | { act: 'confirm'; message: MessageView; reader: PartyId }
  | { act: 'danger'; site: string; name: string; readers: PartyId[]; words: string; outside: PartyId[]; area: string }
  | { act: 'settle'; message: MessageView; reader: PartyId; field: string; readBack: string }

export interface Counterpart {
  party: PartyId
  name: string
  messages: MessageView[]
  newest: string
  owed: number
  open: number
}

/** One desk's place at the hotline: its alarms and calls as the node has them, and what is in hand here. */
export class Station {
  board = $state.raw<Board | null>(null)
  /** The bundle that is open, by its key, and then every alarm of the desk. */
  bundle = $state('')
  private everyAlarm = $state.raw<AlarmView[]>([])
  /** Whom alarms cannot reach beyond this station, in the node's words. */
  beyond = $state('')
  calls = $state.raw<CallView[]>([])
  hotlines = $state.raw<HotlineState[]>([])
  state = $state<FeedState>('loading')
  problem = $state('')
  since = $state(Date.now())
  /** The node's clock, going on by itself between two answers. */
  now = $state<Instant>('')
  /** What is in hand: whose thread, which message of it, which panel, which call. */
  thread = $state<PartyId>('')
  statement = $state('')
  panel = $state<Panel>('message')
  script = $state.raw<ScriptView | null>(null)
  /** The body of the message in hand, as it was stated: what a correction starts from, and where its places lie. */
  body = $state.raw<{ statement: string; parts: RawPart[]; raw: Record<string, unknown> } | null>(null)
  scriptProblem = $state('')
  asking = $state.raw<Asking | null>(null)
  /** The text that is being corrected, "" for a new one. */
  correcting = $state('')

  /** The links of this desk's node to other nodes. */
  readonly links: PeerLinks

  private anchor: { node: number; here: number } | null = null
  private asked = 0
  private scripts = 0
  private readonly tick: ReturnType<typeof setInterval>
  private readonly lookAgain: ReturnType<typeof setInterval>

  constructor(
    readonly session: Session,
    readonly feed: Feed,
    readonly role: string,
  ) {
    this.tick = setInterval(() => this.run(), 1000)
    this.lookAgain = setInterval(() => void this.fetch(), LOOK_AGAIN_MS)
    this.links = new PeerLinks(this)
  }

  get party(): PartyId {
    return this.feed.party
  }

  close(): void {
    clearInterval(this.tick)
    clearInterval(this.lookAgain)
    this.links.close()
  }

  /** Alarms that no officer has acknowledged: they blink. */
  get unacknowledged(): number {
    const board = this.board
    if (!board) return 0
    const shown = [...board.new, ...board.earlier].filter((alarm) => alarm.state.includes('unacknowledged')).length
    return shown + board.bundled.reduce((sum, bundle) => sum + bundle.unacknowledged, 0)
  }

  /** Those of them, as far as they are listed one by one, whose cause is gone: somebody has still to see it. */
  get gone(): number {
    return this.board ? [...this.board.new, ...this.board.earlier].filter((alarm) => alarm.state.startsWith('returned')).length : 0
  }

  /** Open a bundle, so that each alarm in it stands for itself; opened again, it closes. */
  async openBundle(bundle: Bundle): Promise<void> {
    this.bundle = this.bundle === keyOf(bundle) ? '' : keyOf(bundle)
    if (this.bundle) await this.fetch()
  }

  /** The alarms of a bundle as far as it is open, the first of many: who acknowledges them sees the next. */
  inBundle(bundle: Bundle): AlarmView[] {
    if (this.bundle !== keyOf(bundle)) return []
    const found = new Map(this.everyAlarm.map((alarm) => [alarm.subject, alarm]))
    return bundle.alarms.slice(0, OPENED).flatMap((subject) => found.get(subject) ?? [])
  }

  get counterparts(): Counterpart[] {
    const picture = this.feed.picture
    if (!picture) return []
    const threads = new Map<PartyId, MessageView[]>()
    const at = (party: PartyId): MessageView[] => {
      const found = threads.get(party) ?? []
      threads.set(party, found)
      return found
    }
    for (const message of picture.messages) {
      const others = message.direction === 'out' ? message.to : [message.said.author]
      for (const other of others) if (other !== this.party) at(other).push(message)
    }
    for (const hotline of picture.hotlines) {
      if (!hotline.ends.some((end) => end.party === this.party)) continue
      for (const end of hotline.ends) if (end.party !== this.party) at(end.party)
    }
    for (const call of this.calls) if (call.with_party !== this.party) at(call.with_party)
    return [...threads]
      .map(([party, messages]) => ({
        party,
        name: nameOf(party),
        messages: byUrgency(messages),
        newest: messages.at(-1)?.said.received_at ?? '',
        owed: messages.filter(owed).length,
        open: messages.filter((message) => owed(message) || unheard(message)).length,
      }))
      .sort(byThread)
  }

  get inThread(): Counterpart | null {
    const all = this.counterparts
    return all.find((each) => each.party === this.thread) ?? all[0] ?? null
  }

  get message(): MessageView | null {
    const all = this.feed.picture?.messages ?? []
    return all.find((message) => message.statement === this.statement) ?? null
  }

  /** The call that goes on with a party. */
  callWith(party: PartyId): CallView | null {
    return this.calls.find((call) => call.with_party === party && !['ended', 'no answer'].includes(call.state)) ?? null
  }

  get going(): CallView[] {
    return this.calls.filter((call) => !['ended', 'no answer'].includes(call.state))
  }

  /** Take a message in hand and learn its script. */
  take(message: MessageView, panel: Panel | null = 'message'): void {
    this.statement = message.statement
    this.thread = message.direction === 'out' ? (message.to.includes(this.thread) ? this.thread : (message.to[0] ?? '')) : message.said.author
    if (panel) this.panel = panel
    void this.learn()
  }

  takeThread(party: PartyId): void {
    this.thread = party
    const first = this.inThread?.messages[0]
    if (first) this.take(first, null)
    else {
      this.statement = ''
      this.script = null
    }
  }

  /** Bring what an alarm is about to the front. */
  follow(subject: string): void {
    const message = this.feed.picture?.messages.find((each) => each.subject === subject || each.statement === subject)
    if (message) this.take(message)
    const call = this.calls.find((each) => each.subject === subject)
    if (call) {
      this.thread = call.with_party
      this.panel = 'call'
    }
  }

  async learn(): Promise<void> {
    const statement = this.statement
    const asked = (this.scripts += 1)
    if (!statement) return
    if (this.script?.statement !== statement) this.script = null
    try {
      const found = await this.session.node.look<ScriptView>(this.party, `messages/${encodeURIComponent(statement)}/script?ours=${language.code}`)
      if (asked !== this.scripts) return
      this.script = found
      this.scriptProblem = ''
      if (this.body?.statement === statement) return
      const whole = await this.session.node.statement(this.party, statement)
      const raw = (whole.statement['body'] ?? {}) as Record<string, unknown>
      if (asked === this.scripts) this.body = { statement, raw, parts: (raw['parts'] ?? []) as RawPart[] }
    } catch (fault) {
      // What is on screen of it stays; whether the node is away, the page says as a whole.
      if (asked === this.scripts && fault instanceof Problem) this.scriptProblem = words(fault)
    }
  }

  /** Look at alarms and calls anew; asked whenever something reached the desk. */
  async fetch(): Promise<void> {
    const asked = (this.asked += 1)
    const at = this.session.at ? `?at=${encodeURIComponent(this.session.at)}` : ''
    const every = this.bundle ? `${at ? '&' : '?'}all=yes` : ''
    try {
      const [hotlines, alarms, calls] = await Promise.all([
        // An observer has no board of hotlines, and none is shown of an earlier time.
        this.session.node.look<{ items: HotlineState[] }>(this.party, 'hotline-board').catch((fault: unknown) => {
          if (fault instanceof Problem && fault.status < 500) return { items: [] }
          throw fault
        }),
        this.session.node.look<BoardAnswer>(this.party, `alarms${at}${every}`),
        this.session.node.look<CallsAnswer>(this.party, `calls${at}`),
      ])
      if (asked !== this.asked) return
      this.board = alarms.board
      this.everyAlarm = alarms.alarms
      this.beyond = alarms.beyond
      this.calls = calls.items
      this.hotlines = hotlines.items
      this.state = 'ready'
      this.problem = ''
      this.since = Date.now()
      this.stand(alarms.now)
      if (this.statement) void this.learn()
    } catch (fault) {
      if (asked !== this.asked) return
      const denied = fault instanceof Problem && (fault.status === 401 || fault.status === 403)
      this.problem = words(fault)
      this.state = denied ? 'denied' : this.board ? 'stale' : 'error'
    }
  }

  /** The link is lost: what is on screen passes for nothing fresh. */
  doubt(problem: string): void {
    if (this.state !== 'ready') return
    this.state = 'stale'
    this.problem = problem
  }

  private stand(at: Instant): void {
    this.anchor = { node: Date.parse(at), here: Date.now() }
    this.run()
  }

  /** In the demonstration the node's clock is the play's and does not go on by itself. */
  private run(): void {
    if (!this.anchor) return
    const gone = this.session.demo || this.session.at ? 0 : Date.now() - this.anchor.here
    this.now = new Date(this.anchor.node + gone).toISOString()
  }

  /** State something to readers. */
  tell(what: string, body: object, readers: PartyId[], more: object = {}): Promise<ToldAnswer | null> {
    return this.act(what, 'statements', { body, readers, ...more })
  }

  async act(what: string, path: string, body: object): Promise<ToldAnswer | null> {
    const answer = await this.session.sending.do(this.party, what, path, body)
    if (answer) this.session.touch(this.party)
    return answer
  }

  /**
   * Read out what is about to be told, line by line; it is done once a person has said so. Lasts until the node has
   * answered or the person has left it: meanwhile nobody can send the same again.
   */
  readOut(title: string, lines: [string, string][], state: () => Promise<void>): Promise<void> {
    return new Promise((left, failed) => {
      this.asking = { act: 'state', title, lines, state: () => state().then(left, failed), left }
    })
  }

  /** A list of this desk, in its own order. */
  async list<T>(name: string): Promise<T[]> {
    return (await this.session.node.look<{ items: T[] }>(this.party, name)).items
  }

  onCall(call: CallView, what: string, act: string, body: object = {}): Promise<ToldAnswer | null> {
    return this.act(what, `calls/${encodeURIComponent(call.subject)}/${act}`, body)
  }

  onAlarm(subject: string, what: string, act: string, body: object = {}): Promise<ToldAnswer | null> {
    return this.act(what, `alarms/${encodeURIComponent(subject)}/${act}`, body)
  }

  /** Whom to tell of an answer or a receipt; known already of the message in hand, so that it holds with the node away. */
  async readersFor(message: MessageView): Promise<PartyId[]> {
    const known = this.body?.statement === message.statement ? this.body.raw : null
    const raw = known ?? ((await this.session.node.statement(this.party, message.statement)).statement['body'] as Record<string, unknown>)
    return tellOf(message, raw, this.party)
  }

  /** Say by this desk's own word how far a message got here. */
  async reached(message: MessageView, what: string, rung: string, role: string, cell = ''): Promise<ToldAnswer | null> {
    // The bytes that are meant: known from the script, so that an act can be written down while the node is away.
    const known = this.script?.statement === message.statement ? this.script.digest : ''
    const digest = known || (await this.session.node.statement(this.party, message.statement)).digest
    const body = { kind: 'rung', of: message.statement, reader: this.party, rung, role, text_hash: digest, ...(cell ? { cell } : {}) }
    return this.tell(what, body, await this.readersFor(message))
  }
}
