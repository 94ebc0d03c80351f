// The links to other nodes, field for field as the node gives them; compared by tests/console/test_views.py.
import type { Instant, PartyId } from './views'

/** How the exchange with one other node goes. */
export interface PeerView {
  node: string
  parties: PartyId[]
  state: string
  words: string
  url: string
  last_contact: Instant | null
  unsent: number
  unsent_age_s: number
  overdue: boolean
  behind: number
  offset_s: number | null
  clock: string
  why: string
  stopped: string[]
  fingerprint: string
}

export interface PeersView {
  now: Instant
  own_node: boolean
  items: PeerView[]
}
