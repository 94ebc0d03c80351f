// The same five acts on the command line, shown beside each button while the form is filled.

const quote = (text: string) => (/^[\w.,:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

interface Zone {
  desk: string
  name: string
  lat: string
  lon: string
  radiusKm: string
  effect: string
  tell: string[]
}

export const declareZone = (zone: Zone): string =>
  `keepclear declare zone --as ${zone.desk} --name ${quote(zone.name)} --lat ${zone.lat} --lon ${zone.lon} --radius-km ${zone.radiusKm} --effect ${zone.effect} --tell ${zone.tell.join(',')}`

export const takeStance = (desk: string, measure: string, stance: string, tell: string): string =>
  `keepclear stance --as ${desk} --on ${quote(measure)} --stance ${quote(stance)} --tell ${tell}`

export const checkPlan = (desk: string): string => `keepclear check sample-plan.geojson --as ${desk}`

export const passFlash = (desk: string, to: string, text: string): string => `keepclear message --as ${desk} --to ${to} --flash ${quote(text)}`

export const acknowledge = (desk: string, statement: string, role: string): string =>
  `keepclear acknowledge ${statement || 'STATEMENT'} --as ${desk} --role ${quote(role)}`

export const pullBack = (desk: string, at: string): string => `keepclear picture --as ${desk} --at ${at}`
