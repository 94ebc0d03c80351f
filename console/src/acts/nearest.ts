import { gazetteer } from '../map/gazetteer'
import { km } from './astray'

export interface Near {
  name: string
  km: number
}

/** The nearest named place, to echo a typed position in words; found among the packed places only. */
export async function nearest(where: { lat: number; lon: number }): Promise<Near | null> {
  let found: Near | null = null
  for (const row of await gazetteer()) {
    const away = km(where, { lon: row[0], lat: row[1] })
    if (!found || away < found.km) found = { name: row[4], km: away }
  }
  return found
}
