import type { CheckAnswer } from './checking'
import type { BaseRateView, Counted, CrossingsView } from './counted'
import { readJson } from '../words/isolation'
import type { Demo } from './demo'
import type { CompareAnswer } from './hotline'
import type { PeersView } from './peers'
import type { HeldItem, Instant, MechanismRow, NodeInfo, PartyId, Picture, Proof, Told, ToldAnswer } from './views'

/** A refusal or fault as the node words it (RFC 9457): what was asked, the rule, what would pass. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly rule = '',
    readonly field = '',
    readonly passes = '',
  ) {
    super(detail || title)
  }

}

/** A fault as a person reads it aloud; the node's detail already names rule and remedy. */
export const words = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault))

const PATIENCE_MS = 15_000

const read = async (answer: Response): Promise<unknown> => readJson(await answer.text())

async function problem(answer: Response): Promise<Problem> {
  const told = (await read(answer).catch(() => ({}))) as Partial<Record<'title' | 'detail' | 'rule' | 'field' | 'passes', string>>
  return new Problem(answer.status, told.title ?? answer.statusText, told.detail ?? '', told.rule, told.field, told.passes)
}

export interface Fresh<T> {
  value: T
  etag: string
}

/** The HTTP face of one node. Every call goes to the origin that served the page. */
export class Node {
  private readonly tokens = new Map<PartyId, string>()
  /** What a signed-in person's page sends with every write; empty in the demonstration. */
  mark = ''
  /** The node no longer takes this page for the person who signed in. */
  refused: () => void = () => {}

  admit(party: PartyId, token: string): void {
    this.tokens.set(party, token)
  }

  token(party: PartyId): string {
    return this.tokens.get(party) ?? ''
  }

  info(): Promise<NodeInfo> {
    return this.get('/api/v1/node')
  }

  demo(): Promise<Demo> {
    return this.get('/api/v1/demo')
  }

  play(): Promise<unknown> {
    return this.send('/api/v1/demo/play', '', undefined)
  }

  skip(): Promise<unknown> {
    return this.send('/api/v1/demo/skip', '', undefined)
  }

  /** One desk's picture, or null when the one known by `etag` still stands. */
  async picture(party: PartyId, at: Instant | null, etag: string): Promise<Fresh<Picture> | null> {
    const answer = await this.ask(`${desk(party)}/picture${when(at)}`, {
      headers: { ...this.badge(party), ...(etag ? { 'If-None-Match': etag } : {}) },
    })
    if (answer.status === 304) {
      await answer.arrayBuffer() // a body that nobody reads counts as a broken-off request
      return null
    }
    return { value: (await read(answer)) as Picture, etag: answer.headers.get('ETag') ?? '' }
  }

  told(author: PartyId, reader: PartyId, at: Instant | null): Promise<Told> {
    return this.get(`${desk(author)}/told/${encodeURIComponent(reader)}${when(at)}`, author)
  }

  peers(party: PartyId): Promise<PeersView> {
    return this.get(`${desk(party)}/peers`, party)
  }

  turnLink(party: PartyId, peer: string, turn: 'cut' | 'heal'): Promise<PeersView> {
    return this.send(`${desk(party)}/peers/${encodeURIComponent(peer)}/${turn}`, party, undefined)
  }

  /** Everything that reached a desk, page by page, oldest first. */
  async held(party: PartyId): Promise<HeldItem[]> {
    const all: HeldItem[] = []
    let after = ''
    do {
      const page: { items: HeldItem[]; next: string | null } = await this.get(`${desk(party)}/held?limit=200${after && `&after=${encodeURIComponent(after)}`}`, party)
      all.push(...page.items)
      after = page.next ?? ''
    } while (after)
    return all
  }

  statement(party: PartyId, id: string): Promise<{ statement: Record<string, unknown>; digest: string }> {
    return this.get(`${desk(party)}/statements/${encodeURIComponent(id)}`, party)
  }

  mechanisms(party: PartyId, at: Instant | null): Promise<{ items: MechanismRow[] }> {
    return this.get(`${desk(party)}/mechanisms${when(at)}`, party)
  }

  /** What is counted at a desk, held against its own base. */
  async counted(party: PartyId, at: Instant | null): Promise<Counted> {
    const rates: { items: BaseRateView[] } = await this.get(`${desk(party)}/base-rates${when(at)}`, party)
    const crossed: { items: CrossingsView[] } = await this.get(`${desk(party)}/crossings${when(at)}`, party)
    return { at, baseRates: rates.items, crossings: crossed.items }
  }

  proof(party: PartyId, reader: PartyId | null): Promise<Proof> {
    return this.get(`${desk(party)}/proof${reader ? `?reader=${encodeURIComponent(reader)}` : ''}`, party)
  }

  altered(party: PartyId): Promise<Proof> {
    return this.send(`${desk(party)}/proof/altered`, party, undefined)
  }

  tell(party: PartyId, told: object, key: string): Promise<ToldAnswer> {
    return this.send(`${desk(party)}/statements`, party, told, { 'Idempotency-Key': key })
  }

  /** Look at a part of a desk; `path` stands below the desk's own. */
  look<T>(party: PartyId, path: string): Promise<T> {
    return this.get(`${desk(party)}/${path}`, party)
  }

  /** Act on a part of a desk; the key makes a second sending of the same act count once. */
  act(party: PartyId, path: string, body: object, key: string): Promise<ToldAnswer> {
    return this.send(`${desk(party)}/${path}`, party, body, { 'Idempotency-Key': key })
  }

  /** Set a rule of a desk's own; the same setting twice is one setting. */
  set<T>(party: PartyId, path: string, body: object): Promise<T> {
    return this.send(`${desk(party)}/${path}`, party, body)
  }

  /** Have the node work something out of what is typed; nothing is stated by it. */
  work<T>(party: PartyId, path: string, given: object): Promise<T> {
    return this.send(`${desk(party)}/${path}`, party, given)
  }

  /** Hold what is typed as heard against what was said; nothing is stated by it. */
  compare(party: PartyId, statement: string, fields: Record<string, string>): Promise<CompareAnswer> {
    return this.send(`${desk(party)}/messages/${encodeURIComponent(statement)}/compare`, party, { fields })
  }

  /** The words of a template with fields in them; nothing is stated by it. */
  fill(party: PartyId, template: string, given: object): Promise<{ body: Record<string, unknown> }> {
    return this.send(`${desk(party)}/templates/${encodeURIComponent(template)}/fill`, party, given)
  }

  /** Check a plan, given as the text of its file; nothing is submitted. */
  check(party: PartyId, plan: string): Promise<CheckAnswer> {
    return this.send(`${desk(party)}/check`, party, plan)
  }

  private badge(party: PartyId): Record<string, string> {
    const token = this.token(party)
    if (this.mark) return { 'X-Keepclear-CSRF': this.mark }
    return token ? { Authorization: `Bearer ${token}` } : {}
  }

  private async get<T>(path: string, party: PartyId = ''): Promise<T> {
    return (await read(await this.ask(path, { headers: this.badge(party) }))) as T
  }

  private async send<T>(path: string, party: PartyId, body: object | string | undefined, more: Record<string, string> = {}): Promise<T> {
    const json: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const answer = await this.ask(path, {
      method: 'POST',
      headers: { ...this.badge(party), ...json, ...more },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return (await read(answer)) as T
  }

  private async ask(path: string, how: RequestInit): Promise<Response> {
    const answer = await fetch(path, { ...how, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
    if (answer.status === 401) this.refused()
    if (!answer.ok && answer.status !== 304) throw await problem(answer)
    return answer
  }
}

const desk = (party: PartyId) => `/api/v1/desks/${encodeURIComponent(party)}`
const when = (at: Instant | null) => (at ? `?at=${encodeURIComponent(at)}` : '')

/** A key under which an act may be sent twice and counts once. */
export const idempotencyKey = (): string => crypto.randomUUID()
