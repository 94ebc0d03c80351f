// Where a build-up stands, in the language of the page; the node says it in English.
import { nameOf } from '../parts/parties.svelte'
import { label, t } from '../words/catalogue.svelte'

const PER = 'claimed, per '

/** Another's report of an answer names who reports it. */
export const statusOf = (status: string): string => (status.startsWith(PER) ? t('buildup-status.claimed-per', { name: nameOf(status.slice(PER.length)) }) : label('buildup-status', status))
