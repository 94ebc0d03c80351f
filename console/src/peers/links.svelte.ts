import { words } from '../api/node'
import type { PeersView, PeerView } from '../api/peers'
import type { Station } from '../hotline/station.svelte'

const LOOK_MS = 3_000
const BREATH_MS = 300
/** Where there is no other node yet; one may be added while the page is open. */
const LOOK_AGAIN_MS = 20_000
/** How long a first press on a button waits for the second. */
const SECOND_PRESS_MS = 6_000

export type Turn = 'cut' | 'heal'

/** The links of a desk's node to other nodes, as the node has them. */
export class PeerLinks {
  view = $state.raw<PeersView | null>(null)
  /** Not known to be as shown: the node does not answer. */
  doubtful = $state(false)
  problem = $state('')
  /** What was pressed once and waits for a second press, as "cut NODE"; "" for nothing. */
  asked = $state('')
  /** Seconds since the view was fetched; ages run on by it. */
  passed = $state(0)

  private fetched = Date.now()
  private questions = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private unasked: ReturnType<typeof setTimeout> | undefined
  private readonly tick: ReturnType<typeof setInterval>
  private ended = false

  constructor(private readonly station: Station) {
    this.tick = setInterval(() => (this.passed = (Date.now() - this.fetched) / 1000), 1000)
    void this.look()
  }

  get rows(): PeerView[] {
    return this.view?.items ?? []
  }

  /** A watch chief cuts the links of the party's own node; on a shared one, who runs it does. */
  get mayTurn(): boolean {
    const { session, party, role } = this.station
    const persona = session.demo?.personas.find((each) => each.party === party)
    return (this.view?.own_node ?? false) && (persona?.role ?? role) === 'watch chief'
  }

  close(): void {
    this.ended = true
    clearInterval(this.tick)
    clearTimeout(this.timer)
    clearTimeout(this.unasked)
  }

  async look(): Promise<void> {
    clearTimeout(this.timer)
    const asked = (this.questions += 1)
    try {
      const view = await this.station.session.node.peers(this.station.party)
      if (asked === this.questions) this.show(view)
    } catch {
      if (asked === this.questions) this.doubtful = true
    }
    if (this.ended || asked !== this.questions) return
    this.timer = setTimeout(() => void this.look(), this.rows.length ? LOOK_MS : LOOK_AGAIN_MS)
  }

  /** Something reached the desk or was received elsewhere: look soon; many events cost one question. */
  touch(): void {
    if (!this.rows.length || this.ended) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.look(), BREATH_MS)
  }

  private show(view: PeersView): void {
    this.view = view
    this.fetched = Date.now()
    this.passed = 0
    this.doubtful = false
  }

  /** Cut or heal a link: the first press asks, the second does it. */
  async press(turn: Turn, peer: string): Promise<void> {
    clearTimeout(this.unasked)
    const what = `${turn} ${peer}`
    if (this.asked !== what) {
      this.asked = what
      this.unasked = setTimeout(() => (this.asked = ''), SECOND_PRESS_MS)
      return
    }
    this.asked = ''
    this.problem = ''
    this.questions += 1
    try {
      this.show(await this.station.session.node.turnLink(this.station.party, peer, turn))
    } catch (fault) {
      this.problem = words(fault)
    }
    void this.look()
  }
}
