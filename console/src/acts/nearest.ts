import { gazetteer } from '../map/gazetteer'

export interface Near {
  name: string
  km: number
}

/** The nearest named place, to echo a typed position in words; found among the packed places only. */
export async function nearest(where: { lat: number; lon: number }): Promise<Near | null> {
  const [{ LngLat }, rows] = await Promise.all([import('maplibre-gl'), gazetteer()])
  const here = new LngLat(where.lon, where.lat)
  let found: Near | null = null
  for (const row of rows) {
    const km = here.distanceTo(new LngLat(row[0], row[1])) / 1000
    if (!found || km < found.km) found = { name: row[4], km }
  }
  return found
}
