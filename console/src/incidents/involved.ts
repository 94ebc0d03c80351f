// Who is said to be involved in an incident, as a person types it; an unknown party stays unknown.
export interface Involved {
  role: string
  party: string
  words: string
}

/** As many as the node takes of one incident. */
export const MOST_INVOLVED = 64
export const nobody = (): Involved => ({ role: '', party: '', words: '' })

const isBlank = ({ role, party, words }: Involved): boolean => !role.trim() && !party && !words.trim()

/** Whether a row says something but not in which role. */
export const lacksRole = (rows: Involved[]): boolean => rows.some((each) => !isBlank(each) && !each.role.trim())

/** The rows as they go to the node; what was left empty is left out. */
export const involvedOf = (rows: Involved[]) =>
  rows.filter((each) => !isBlank(each)).map(({ role, party, words }) => ({ role: role.trim(), words: words.trim(), ...(party ? { party } : {}) }))
