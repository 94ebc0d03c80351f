// The way that something took in an incident, as a person types it: places in order, each within so many metres.
export interface PlaceTyped {
  when: string
  where: string
  within: string
  across: string
  bearing: string
}

export interface CourseTyped {
  what: string
  of: string
  places: PlaceTyped[]
}

/** As many as the node takes of one course. */
export const MOST_PLACES = 64
export const nowhere = (): PlaceTyped => ({ when: '', where: '', within: '', across: '', bearing: '' })
export const noCourse = (): CourseTyped => ({ what: '', of: '', places: [nowhere()] })

const isMetres = (typed: string): boolean => Number(typed) > 0
const isBearing = (typed: string): boolean => Number(typed) >= 0 && Number(typed) < 360

const isWhole = ({ when, where, within, across, bearing }: PlaceTyped): boolean =>
  Boolean(when.trim() && where.trim()) && isMetres(within) && (!across.trim() || isMetres(across)) && isBearing(bearing)

/** The key of what still lacks, or null. */
export function whyNot({ what, places }: CourseTyped): 'matter.why-course' | 'matter.why-course-place' | null {
  if (!what.trim()) return 'matter.why-course'
  return places.length && places.every(isWhole) ? null : 'matter.why-course-place'
}

/** The course as it goes to the node. */
export const courseOf = ({ what, of, places }: CourseTyped) => ({
  what: what.trim(),
  ...(of ? { of_party: of } : {}),
  places: places.map(({ when, where, within, across, bearing }) => ({
    when,
    where,
    within_m: Number(within),
    ...(across.trim() ? { across_m: Number(across), bearing_deg: Number(bearing) } : {}),
  })),
})
