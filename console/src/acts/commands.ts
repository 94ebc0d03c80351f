// The same five acts on the command line, shown beside each button while the form is filled.

const quote = (text: string) => (/^[\w.,:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
const hemisphere = (degrees: number, positive: string, negative: string) => `${Math.abs(degrees)} ${degrees < 0 ? negative : positive}`

interface Zone {
  desk: string
  name: string
  lat: number
  lon: number
  radiusKm: string
  effect: string
  tell: string[]
}

export function declareZone(zone: Zone): string {
  const center = `${hemisphere(zone.lat, 'N', 'S')} ${hemisphere(zone.lon, 'E', 'W')}`
  const tell = zone.tell.map((party) => `--tell ${party}`).join(' ')
  return `keepclear zone ${quote(zone.name)} ${quote(center)} ${zone.radiusKm} --effect ${zone.effect} ${tell} --as ${zone.desk}`
}

export const takeStance = (desk: string, measure: string, stance: string, words: string, tell: string[]): string =>
  `keepclear stance ${quote(measure)} ${quote(stance)}${words && ` --words ${quote(words)}`} ${tell.map((party) => `--tell ${party}`).join(' ')} --as ${desk}`

export const checkPlan = (desk: string, file: string): string => `keepclear check ${file ? quote(file) : 'scenarios/syria_accounts/sample_plan.geojson'} --as ${desk}`

/** The file is named for the desk; the demo's own is written out, as people say it. */
const FILE: Record<string, string> = { COA: 'coalition' }

export function exportAndVerify(desk: string): [string, string] {
  const file = FILE[desk] ?? desk.toLowerCase()
  return [`keepclear export ${file} --as ${desk}`, `keepclear verify ${file}.zip`]
}

export const passFlash = (desk: string, to: string, text: string): string => `keepclear message ${to} ${quote(text)} --precedence flash --as ${desk}`

export const acknowledge = (desk: string, role: string): string => `keepclear acknowledge latest --by-role ${quote(role)} --as ${desk}`

export const pullBack = (desk: string, at: string): string => `keepclear picture --as ${desk} --at ${at}`
