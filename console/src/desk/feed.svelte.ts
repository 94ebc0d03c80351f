import type { Counted } from '../api/counted'
import type { Picture } from '../api/views'

export type FeedState = 'loading' | 'ready' | 'stale' | 'denied' | 'error'

/** How long a desk waits for an object that a person asked for before it stays where it is. */
const PATIENCE_MS = 10_000

export const TABS = ['messages', 'measures', 'buildups', 'incidents', 'notices', 'meetings', 'publics', 'parties'] as const
export type Tab = (typeof TABS)[number]

/** Where on a desk each view of the node stands. */
const TAB_OF: Record<string, Tab> = {
  messages: 'messages',
  overlays: 'messages',
  measures: 'measures',
  buildups: 'buildups',
  observations: 'buildups',
  incidents: 'incidents',
  notices: 'notices',
  presences: 'notices',
  remarks: 'notices',
  links: 'notices',
  meetings: 'meetings',
  publics: 'publics',
  sources: 'publics',
  parties: 'parties',
  relations: 'parties',
  relays: 'parties',
  agreements: 'parties',
}

/** What is pointed at: a subject, or one statement inside it, such as a claim or a stance. */
export interface Pointed {
  subject: string
  statement: string
  /** The list of the node's view, for what has no place of its own on the desk, such as a receipt. */
  view: string
}

/** One desk's picture and how far it can be relied on; a stale picture stays on screen with its age. */
export class Feed {
  state = $state<FeedState>('loading')
  picture = $state.raw<Picture | null>(null)
  /** Counts against their base, as of the picture for which they were last asked. */
  counted = $state.raw<Counted | null>(null)
  /** Ask for the counts; the session says how. */
  count: () => void = () => {}
  problem = $state('')
  since = $state(Date.now())
  tab = $state<Tab>('messages')
  /** The object that the play or a person points at. */
  pointed = $state.raw<Pointed>({ subject: '', statement: '', view: '' })

  constructor(
    readonly party: string,
    readonly name: string,
    readonly retry: () => void,
  ) {}

  show(picture: Picture): void {
    this.picture = picture
    this.refreshed()
    this.grant()
  }

  refreshed(): void {
    this.state = 'ready'
    this.problem = ''
    this.since = Date.now()
  }

  fail(problem: string, denied = false): void {
    this.problem = problem
    this.state = denied ? 'denied' : this.picture ? 'stale' : 'error'
  }

  /** Whether the same record still answers is not known: what is on screen stays, and passes for nothing fresh. */
  doubt(problem: string): void {
    if (this.picture) this.fail(problem)
  }

  /** Bring one view, and in it one object, to the front of this desk. */
  point(view: string, subject: string, statement = ''): void {
    const tab = TAB_OF[view]
    if (tab) this.tab = tab
    this.pointed = { subject, statement, view }
    this.wish = null
  }

  /** Come to an object as soon as it stands here; without a view, wherever on this desk. Until then it stays as it is. */
  follow(view: string, subject: string, statement = '', until = Infinity): void {
    this.wish = { view, subject, statement, until }
    this.grant()
  }

  /** A person turns to another tab: what this desk was to come to is let go. */
  turn(tab: Tab): void {
    this.tab = tab
    this.wish = null
  }

  /** Bring to the front what a person asked for, if it is here or arrives soon. */
  find(subject: string): void {
    this.follow('', subject, '', Date.now() + PATIENCE_MS)
  }

  private wish: (Pointed & { until: number }) | null = null

  private grant(): void {
    const { wish, picture } = this
    if (!wish || !picture || Date.now() > wish.until) return
    for (const [view, items] of Object.entries(picture)) {
      if (!Array.isArray(items) || (wish.view && view !== wish.view)) continue
      if (!holds(items, wish)) continue
      this.point(view, wish.subject, wish.statement)
      return
    }
  }
}

/** In a named view anything inside counts, such as a claim of an incident; else the list's own objects alone. */
function holds(items: { subject?: string; statement?: string }[], { view, subject, statement }: Pointed): boolean {
  if (!view) return items.some((item) => item.subject === subject || item.statement === subject)
  const all = JSON.stringify(items)
  return [statement, subject].some((id) => id !== '' && all.includes(`"${id}"`))
}
