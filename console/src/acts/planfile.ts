// An own plan as a file: looked at here, so that a wrong one is refused by name before anything leaves the page.
// The node judges it all the same, by the rules of src/keepclear/rules/plans.py.
import { type Key, t } from '../words/catalogue.svelte'
import { isolated } from '../words/isolation'

export const MAX_BYTES = 2 * 2 ** 20
export const MAX_PARTS = 200

export interface PlanFile {
  name: string
  /** The bytes as they stand in the file; what is checked is what was written. */
  text: string
  parts: number
}

export const size = (bytes: number): string => (bytes >= 2 ** 20 ? `${(Math.ceil((bytes / 2 ** 20) * 10) / 10).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`)

export class NotAPlan extends Error {
  constructor(key: Key, values: Record<string, string | number>) {
    super(t(key, values))
  }
}

/** Read a plan from a file; throws NotAPlan with what is wrong and what would pass. */
export async function readPlan(file: File): Promise<PlanFile> {
  const name = isolated(file.name)
  if (file.size > MAX_BYTES) throw new NotAPlan('act.plan.large', { name, size: isolated(size(file.size)), most: isolated(size(MAX_BYTES)) })
  const text = (await file.text()).replace(/^\uFEFF/, '')
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (fault) {
    throw new NotAPlan('act.plan.no-json', { name, fault: isolated(fault instanceof Error ? fault.message : '') })
  }
  const { type, features } = (whole ?? {}) as { type?: unknown; features?: unknown }
  if (type === 'Feature') return { name: file.name, text, parts: 1 }
  if (type !== 'FeatureCollection' || !Array.isArray(features)) throw new NotAPlan('act.plan.no-geojson', { name })
  if (!features.length) throw new NotAPlan('act.plan.empty', { name })
  if (features.length > MAX_PARTS) throw new NotAPlan('act.plan.many', { name, n: features.length, most: MAX_PARTS })
  return { name: file.name, text, parts: features.length }
}
