import { Problem, words } from '../api/node'
import { t } from '../words/catalogue.svelte'
import { make, sign } from './passkey'

/** Who is signed in, as the node says it; `required` is false in the demonstration. */
export interface SignedIn {
  required: boolean
  user: string
  party: string
  role: string
  roles: string[]
  until: string | null
  csrf: string
  address: string
}

const PATIENCE_MS = 15_000

/** The door of a node: who is in, and the two ways to come in, by a passkey or by a one-time code. */
export class Gate {
  state = $state<'asking' | 'shut' | 'open'>('asking')
  signed = $state.raw<SignedIn | null>(null)
  /** Codes to keep on paper; the page shows them once, before it goes on. */
  codes = $state.raw<string[]>([])
  problem = $state('')
  working = $state(false)

  async look(): Promise<void> {
    try {
      this.take(await this.ask<SignedIn>('GET', '/api/v1/session'))
    } catch {
      // A node that does not answer: the console says so itself, with what to do.
      this.state = 'open'
    }
  }

  signIn(): Promise<void> {
    return this.attempt(async () => {
      const credential = await sign(await this.ask('POST', '/api/v1/sign-in/options'))
      if (credential) this.take(await this.ask<SignedIn>('POST', '/api/v1/sign-in', { credential }))
    })
  }

  enrol(code: string): Promise<void> {
    return this.attempt(async () => {
      const credential = await make(await this.ask('POST', '/api/v1/enrolment/options', { code }))
      if (!credential) return
      const answer = await this.ask<{ session: SignedIn; recovery_codes: string[] }>('POST', '/api/v1/enrolment', { code, credential })
      this.codes = answer.recovery_codes
      this.take(answer.session)
    })
  }

  takeRole(role: string): Promise<void> {
    return this.attempt(async () => {
      this.take(await this.ask<SignedIn>('PUT', '/api/v1/session', { role }))
    })
  }

  signOut(): Promise<void> {
    return this.attempt(async () => this.take(await this.ask<SignedIn>('DELETE', '/api/v1/session')))
  }

  private take(answer: SignedIn): void {
    this.signed = answer
    this.state = answer.required && !answer.user ? 'shut' : 'open'
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem = ''
    this.working = true
    try {
      await act()
    } catch (fault) {
      // The page says it in the person's language; a node's other refusals stand in its own words.
      this.problem = fault instanceof Problem && fault.rule === 'sign-in' && fault.field === 'code' ? t('signin.code-refused') : words(fault)
    } finally {
      this.working = false
    }
  }

  private async ask<T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(this.signed?.csrf ? { 'X-Keepclear-CSRF': this.signed.csrf } : {}) }
    const answer = await fetch(path, { method, headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS), ...(body ? { body: JSON.stringify(body) } : {}) })
    const told = (await answer.json().catch(() => ({}))) as Record<string, string>
    if (!answer.ok) throw new Problem(answer.status, told['title'] ?? answer.statusText, told['detail'] ?? '', told['rule'], told['field'], told['passes'])
    return told as T
  }
}
