import { Problem } from '../api/node'
import type { MessageView, PartyId } from '../api/views'
import type { Session } from '../desk/session.svelte'
import { tellOf } from './station.svelte'

/** How long a text stands before a person's eyes before it counts as displayed; what is scrolled past does not. */
const DWELL_MS = 1_000
/** A text taller than its window is displayed once it fills this much of it. */
const FILLS = 0.6
const WHOLE = 0.99

/** Who acts for a desk; what an observer or an auditor looks at, their desk was not shown. */
const ACTORS = new Set(['duty officer', 'liaison officer', 'watch chief', 'information steward'])
/** From displayed on: what is known of a text already is not stated again. */
const SHOWN = new Set(['displayed', 'acknowledged', 'read back', 'read-back confirmed', 'relayed', 'briefed'])

interface Watched {
  party: PartyId
  message: MessageView
  seen: boolean
  dwell: ReturnType<typeof setTimeout> | undefined
}

/**
 * States the rung "displayed" of a message addressed to this desk, once its text has stood on the screen of a
 * signed-in person. It is a machine's word: nobody says by it that anybody read the text. Nothing is stated of a
 * page in the background, nor of a demonstration, whose onlooker sits at no desk.
 */
export class Showing {
  private readonly watched = new Map<Element, Watched>()
  private readonly stated = new Set<string>()
  private readonly eyes = new IntersectionObserver((found) => this.look(found), { threshold: [0, 0.25, 0.5, 0.75, WHOLE] })

  constructor(
    private readonly session: Session,
    private readonly own: PartyId,
    private readonly role: string,
  ) {
    document.addEventListener('visibilitychange', this.turned)
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.turned)
    this.eyes.disconnect()
    for (const each of this.watched.values()) clearTimeout(each.dwell)
    this.watched.clear()
  }

  /** Watch the element that holds a message's words; a Svelte action. */
  readonly words = (element: HTMLElement, given: { party: PartyId; message: MessageView }): { update: (next: typeof given) => void; destroy: () => void } => {
    this.watched.set(element, { ...given, seen: false, dwell: undefined })
    this.eyes.observe(element)
    return {
      update: (next) => this.renew(element, next),
      destroy: () => this.forget(element),
    }
  }

  private renew(element: HTMLElement, next: { party: PartyId; message: MessageView }): void {
    const each = this.watched.get(element)
    if (!each) return
    const other = each.message.statement !== next.message.statement
    Object.assign(each, next)
    if (!other) return
    // Another text in the same place begins its time anew.
    clearTimeout(each.dwell)
    each.dwell = undefined
    this.begin(each)
  }

  private forget(element: Element): void {
    clearTimeout(this.watched.get(element)?.dwell)
    this.watched.delete(element)
    this.eyes.unobserve(element)
  }

  private look(found: IntersectionObserverEntry[]): void {
    for (const { target, intersectionRatio, intersectionRect, rootBounds } of found) {
      const each = this.watched.get(target)
      if (!each) continue
      each.seen = intersectionRatio >= WHOLE || intersectionRect.height >= FILLS * (rootBounds?.height ?? innerHeight)
      this.begin(each)
    }
  }

  private readonly turned = (): void => {
    for (const each of this.watched.values()) this.begin(each)
  }

  private begin(each: Watched): void {
    if (!each.seen || document.visibilityState !== 'visible') {
      clearTimeout(each.dwell)
      each.dwell = undefined
    } else if (this.isOurs(each)) each.dwell ??= setTimeout(() => void this.state(each), DWELL_MS)
  }

  /** A text that another told this desk, addressed to it, of which no such word is known here. */
  private isOurs({ party, message }: Watched): boolean {
    if (party !== this.own || !ACTORS.has(this.role) || this.stated.has(message.statement)) return false
    if (message.direction !== 'in' || !message.to.includes(party)) return false
    return !message.ladders.some((ladder) => ladder.reader === party && ladder.steps.some((step) => SHOWN.has(step.rung) && step.how !== 'reported'))
  }

  private async state(each: Watched): Promise<void> {
    each.dwell = undefined
    const { party, message } = each
    if (!each.seen || document.visibilityState !== 'visible' || this.session.at !== null || !this.isOurs(each)) return
    this.stated.add(message.statement)
    try {
      const { digest, statement } = await this.session.node.statement(party, message.statement)
      const body = { kind: 'rung', of: message.statement, reader: party, rung: 'displayed', role: 'screen', text_hash: digest }
      // One key for every window of this desk: however many show the text, it is stated once.
      await this.session.node.tell(party, { body, readers: tellOf(message, (statement['body'] ?? {}) as Record<string, unknown>, party) }, `displayed ${message.statement}`)
    } catch (fault) {
      // Refused, it stands already or may not stand; unanswered, it is stated when the text is shown again.
      if (!(fault instanceof Problem) || fault.status >= 500) this.stated.delete(message.statement)
    }
  }
}
