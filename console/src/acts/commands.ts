// The page's acts on the command line, shown beside each button: each runs as it is printed, in a POSIX shell.

const PLAIN = /^[\w.,:+/-]+$/
const quote = (text: string) => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
const hemisphere = (degrees: number, positive: string, negative: string) => `${Math.abs(degrees).toFixed(6).replace(/\.?0+$/, '')} ${degrees < 0 ? negative : positive}`

/** A word that begins with a hyphen would be taken for an option: then the words come last, behind "--". */
function command(verb: string, words: string[], options: string[]): string {
  const quoted = words.map(quote)
  if (!words.some((word) => word.startsWith('-'))) return ['keepclear', verb, ...quoted, ...options].join(' ')
  return ['keepclear', verb, ...options, '--', ...quoted].join(' ')
}

/** An option's value that begins with a hyphen stands behind an equals sign. */
const option = (name: string, value: string) => (value.startsWith('-') ? `--${name}=${quote(value)}` : `--${name} ${quote(value)}`)

interface Zone {
  desk: string
  name: string
  lat: number
  lon: number
  radiusKm: number
  effect: string
  tell: string[]
}

export function declareZone(zone: Zone): string {
  const center = `${hemisphere(zone.lat, 'N', 'S')} ${hemisphere(zone.lon, 'E', 'W')}`
  const options = [option('effect', zone.effect), ...zone.tell.map((party) => option('tell', party)), option('as', zone.desk)]
  return command('zone', [zone.name, center, String(zone.radiusKm)], options)
}

/** The measure by its name, or by its id where others have the name too. */
export const takeStance = (desk: string, measure: string, stance: string, words: string, tell: string[]): string =>
  command('stance', [measure, stance], [...(words ? [option('words', words)] : []), ...tell.map((party) => option('tell', party)), option('as', desk)])

export const checkPlan = (desk: string, file: string): string => command('check', [file || 'scenarios/syria_accounts/sample_plan.geojson'], [option('as', desk)])

/** The file is named for the desk; the demo's own is written out, as people say it. */
const FILE: Record<string, string> = { COA: 'coalition' }

/** What one reader was told is verified against the keys that were confirmed in person: its own among them. */
export function exportAndVerify(desk: string, reader: string | null): string[] {
  const file = FILE[desk] ?? desk.toLowerCase()
  if (!reader) return [command('export', [file], [option('as', desk)]), command('verify', [`${file}.zip`], [])]
  const told = `${file}-to-${reader.toLowerCase()}`
  return [
    command('export', [told], [option('reader', reader), option('as', desk)]),
    command('peer policy', [], [option('out', 'confirmed-keys'), option('as', desk)]),
    command('verify', [`${told}.zip`], ['--policy confirmed-keys']),
  ]
}

export const passFlash = (desk: string, to: string, text: string): string => command('message', [to, text], [option('precedence', 'flash'), option('as', desk)])

export const acknowledge = (desk: string, message: string, role: string): string => command('acknowledge', [message], [option('by-role', role), option('as', desk)])

export const pullBack = (desk: string, at: string): string => command('picture', [], [option('as', desk), option('at', at)])
