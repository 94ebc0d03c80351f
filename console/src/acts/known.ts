import type { Session } from '../desk/session.svelte'

/** The parties that a desk can tell something; in the demonstration its sides, at whichever node their desks are. */
export function known(session: Session, desk: string): { party: string; name: string }[] {
  const all = session.demo ? [...session.feeds, ...session.elsewhere] : (session.feed(desk)?.picture?.parties ?? [])
  return all.filter((each) => each.party !== desk).map(({ party, name }) => ({ party, name }))
}

/** Whether a desk's parties have yet to come: until then nobody can say that it knows none. */
export function isComing(session: Session, desk: string): boolean {
  return !session.feed(desk)?.picture
}
