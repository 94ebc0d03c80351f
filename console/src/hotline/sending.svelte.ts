import { idempotencyKey, type Node, Problem, words } from '../api/node'
import type { PartyId, ToldAnswer } from '../api/views'
import type { Link } from '../api/link.svelte'

/** After this, an act that could not be sent is not sent without being asked about: what it says may no longer hold. */
const OLD_MS = 120_000

/** One act on its way to the node. The key is its own from the first try on, so that it counts once however often it is sent. */
export interface Act {
  key: string
  party: PartyId
  what: string
  path: string
  body: object
  written: number
  state: 'sending' | 'waiting' | 'old' | 'refused'
  problem: string
}

/**
 * What an officer did and the node has not confirmed yet. Nothing is dropped while the node is away and nothing is
 * sent twice: a lost answer leaves the act waiting, and its key makes the second sending a repeat of the first.
 */
export class Sending {
  acts = $state.raw<Act[]>([])
  private readonly answered = new Map<string, (answer: ToldAnswer | null) => void>()
  private running = false

  constructor(
    private readonly node: Node,
    private readonly link: Link,
    private readonly ended: AbortSignal,
  ) {
    addEventListener('beforeunload', this.holdBack)
    ended.addEventListener('abort', () => removeEventListener('beforeunload', this.holdBack), { once: true })
  }

  /** Whoever closes the page loses what was not sent: the browser asks first. */
  private readonly holdBack = (event: BeforeUnloadEvent): void => {
    if (this.open.length) event.preventDefault()
  }

  /** Acts that the node has not taken. */
  get open(): Act[] {
    return this.acts.filter((act) => act.state !== 'refused')
  }

  /** Do something; gives the node's answer once it has one, or null when it was refused or taken back. */
  do(party: PartyId, what: string, path: string, body: object): Promise<ToldAnswer | null> {
    const act: Act = { key: idempotencyKey(), party, what, path, body, written: Date.now(), state: 'sending', problem: '' }
    this.acts = [...this.acts.filter((each) => each.state !== 'refused'), act]
    const answer = new Promise<ToldAnswer | null>((resolve) => this.answered.set(act.key, resolve))
    void this.run()
    return answer
  }

  /** A person says that an old act still holds. */
  sendStill(key: string): void {
    this.put(key, { state: 'waiting', written: Date.now() })
    void this.run()
  }

  drop(key: string): void {
    this.acts = this.acts.filter((act) => act.key !== key)
    this.settle(key, null)
  }

  /** One after the other and in their order: a later act may rest on an earlier one. */
  private async run(): Promise<void> {
    if (this.running) return
    this.running = true
    for (let act = this.next(); act && !this.ended.aborted; act = this.next()) {
      if (act.state === 'waiting') {
        await this.link.restored()
        if (!this.acts.some((each) => each.key === act?.key)) continue
        if (Date.now() - act.written > OLD_MS) {
          this.put(act.key, { state: 'old' })
          continue
        }
      }
      await this.send(act)
    }
    this.running = false
  }

  private next(): Act | undefined {
    const first = this.open[0]
    return first?.state === 'old' ? undefined : first
  }

  private async send(act: Act): Promise<void> {
    try {
      const answer = await this.node.act(act.party, act.path, act.body, act.key)
      this.acts = this.acts.filter((each) => each.key !== act.key)
      this.settle(act.key, answer)
    } catch (fault) {
      const refused = fault instanceof Problem && fault.status < 500
      this.put(act.key, { state: refused ? 'refused' : 'waiting', problem: refused ? words(fault) : '' })
      if (refused) this.settle(act.key, null)
      else {
        this.link.doubt()
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }

  private put(key: string, change: Partial<Act>): void {
    this.acts = this.acts.map((act) => (act.key === key ? { ...act, ...change } : act))
  }

  private settle(key: string, answer: ToldAnswer | null): void {
    this.answered.get(key)?.(answer)
    this.answered.delete(key)
  }
}
