// Marks and hues are handed out by a party's place in the list, so no party owns a colour with a meaning.
const MARKS = ['disc', 'bars', 'ring', 'cross', 'dots', 'lines'] as const
const HUES = ['var(--party-a)', 'var(--party-b)', 'var(--party-c)']

export type Mark = (typeof MARKS)[number]

class Registry {
  order = $state<string[]>([])
  names = $state<Record<string, string>>({})
}

const registry = new Registry()

/** Fix the order once per deployment: the parties whose desks are shown come first. */
export function introduce(parties: { party: string; name: string }[]): void {
  const fresh = parties.filter((each) => !(each.party in registry.names))
  if (!fresh.length) return
  registry.order = [...registry.order, ...fresh.map((each) => each.party)]
  registry.names = { ...registry.names, ...Object.fromEntries(fresh.map((each) => [each.party, each.name])) }
}

export function nameOf(party: string): string {
  return registry.names[party] ?? party
}

/** Find a party by the name under which a view speaks of it. */
export function idOf(name: string): string {
  return registry.order.find((party) => registry.names[party] === name) ?? name
}

export function markOf(party: string): Mark {
  const place = registry.order.indexOf(party)
  return MARKS[place < 0 ? MARKS.length - 1 : Math.min(place, MARKS.length - 1)] ?? 'lines'
}

export function hueOf(party: string): string {
  return HUES[registry.order.indexOf(party)] ?? 'var(--soft)'
}
