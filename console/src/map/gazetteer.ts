import type { Row } from './style'

let loading: Promise<Row[]> | undefined

/** The packed place names, fetched once from this origin. */
export function gazetteer(): Promise<Row[]> {
  loading ??= fetch(new URL('gazetteer.json', document.baseURI))
    .then((answer) => {
      if (!answer.ok) throw new Error(`gazetteer.json: ${answer.status}`)
      return answer.json() as Promise<{ places: Row[] }>
    })
    .then((packed) => packed.places)
    .catch((fault: unknown) => {
      loading = undefined
      throw fault
    })
  return loading
}

/** Places that the accounts speak of; their labels never give way to others. */
export const PINNED = new Set(['Deir ez-Zor', 'Raqqa', 'Tabqa', 'Abu Kamal', 'Mayadin', 'Idlib', 'Afrin', 'Palmyra', 'Damascus', 'Aleppo', 'Baghdad'])
