// The live picture's worker: it owns the connection and the state, and tells the page what changed, at most four
// times a second, however many positions come.
import type { Diff, LiveAnswer } from '../api/live'
import { events } from '../api/stream'
import { readJson } from '../words/isolation'
import type { Asked, Open, Told } from './talk'
import { Things } from './things'

const TELL_MS = 250
const SECOND_MS = 1000
const POLL_MS = 1500
const SILENCE_MS = 25_000
const MOST_LABELS = 150
/** Texts cost the map more than symbols: they follow once a second. */
const LABELS_EVERY = 4
const MOST_PICKED = 10_000
const MOST_OURS = 500
/** A browser opens six connections to a node and no more: of all its windows one holds the live stream. */
const STREAM = 'keepclear-live-stream'

const page = self as unknown as { postMessage(told: Told, give?: Transferable[]): void; addEventListener(name: 'message', heard: (event: MessageEvent<Asked>) => void): void }

const things = new Things()
let end = new AbortController()
let ahead = 0
let listed = { from: 0, many: 0 }
let selected: number | null = null
let view: [number, number, number, number] | null = null
let labelled = ''
let turn = 0
let tallied = ''
let paged = ''
let chosen = ''

/** The node's clock, as far as this worker knows it. */
const now = (): number => Date.now() + ahead

function heard(at: string, polled: boolean): void {
  ahead = Date.parse(at) - Date.now()
  page.postMessage({ what: 'heard', now: Date.parse(at), polled })
}

function tell(): void {
  const change = things.changes()
  if (change) page.postMessage({ what: 'changes', change }, [change.slots.buffer, change.values.buffer])
  const tally = { ...things.tally(), held: things.size, leftOut: things.leftOut }
  const words = JSON.stringify(tally)
  if (words !== tallied) page.postMessage({ what: 'tally', tally })
  tallied = words
  tellPage()
  turn += 1
  if (turn % LABELS_EVERY === 0) tellLabels()
  tellSelected()
}

function tellPage(): void {
  const { total, rows } = things.page(listed.from, listed.many)
  const words = JSON.stringify([listed, total, rows])
  if (words === paged) return
  paged = words
  page.postMessage({ what: 'page', from: listed.from, total, rows, at: selected === null ? -1 : things.placeOf(selected) })
}

function tellLabels(): void {
  const rows = view ? things.within(...view, MOST_LABELS) : []
  const words = JSON.stringify(rows)
  if (words === labelled) return
  labelled = words
  page.postMessage({ what: 'labels', rows })
}

function tellSelected(): void {
  const row = selected === null ? null : things.one(selected)
  const words = JSON.stringify([selected, row])
  if (words === chosen) return
  chosen = words
  page.postMessage({ what: 'selected', row, at: selected === null ? -1 : things.placeOf(selected) })
}

async function ask(open: Open, path: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(`${open.base}${path}?box=${open.box}`, { headers: open.headers, cache: 'no-store', signal })
  if (answer.ok) return answer
  const told = (await answer.text().then(readJson).catch(() => ({}))) as { detail?: string }
  throw Object.assign(new Error(told.detail ?? answer.statusText), { status: answer.status })
}

async function stream(open: Open, signal: AbortSignal): Promise<void> {
  const attempt = new AbortController()
  const stop = () => attempt.abort()
  signal.addEventListener('abort', stop, { once: true })
  let silence = setTimeout(stop, SILENCE_MS)
  try {
    const answer = await ask(open, '/stream', attempt.signal)
    if (!answer.body) throw new Error('no body')
    for await (const event of events(answer.body)) {
      clearTimeout(silence)
      silence = setTimeout(stop, SILENCE_MS)
      if (signal.aborted) return
      if (event === 'heartbeat') {
        page.postMessage({ what: 'heard', now: now(), polled: false })
        continue
      }
      const diff = readJson(event.data) as Diff
      heard(diff.now, false)
      things.take(diff, event.event === 'full', now())
    }
    throw new Error('')
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', stop)
  }
}

/** Ask again and again, until the stream is free. */
async function poll(open: Open, signal: AbortSignal): Promise<void> {
  const answer = readJson(await (await ask(open, '', signal)).text()) as LiveAnswer
  if (signal.aborted) return
  heard(answer.now, true)
  things.takeAnswer(answer, now())
  await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

async function follow(open: Open, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      const asked: Promise<void> = navigator.locks
        ? navigator.locks.request(STREAM, { ifAvailable: true }, (lock) => (lock ? stream(open, signal) : poll(open, signal)))
        : stream(open, signal)
      await asked
      if (signal.aborted) return
    }
  } catch (fault) {
    if (signal.aborted) return
    const { status = 0, message } = fault as { status?: number; message: string }
    page.postMessage({ what: 'lost', status, words: status ? message : '' })
  }
}

function answer(asked: Asked): void {
  if (asked.act === 'open') {
    end.abort()
    end = new AbortController()
    void follow(asked, end.signal)
  } else if (asked.act === 'rest') end.abort()
  else if (asked.act === 'choose') things.choose(asked.filter)
  else if (asked.act === 'page') listed = { from: asked.from, many: asked.many }
  else if (asked.act === 'select') selected = asked.number
  else if (asked.act === 'ours') page.postMessage({ what: 'ours', rows: things.ours(MOST_OURS) })
  else if (asked.act === 'pick') page.postMessage({ what: 'picked', numbers: things.within(...asked.view, MOST_PICKED).map(({ number }) => number) })
  else view = asked.view
  // What a person asks for comes at once; what feeds bring waits for its turn.
  if (asked.act === 'page') tellPage()
  if (asked.act === 'select') {
    chosen = ''
    tellSelected()
  }
}

page.addEventListener('message', ({ data }) => answer(data))
setInterval(tell, TELL_MS)
setInterval(() => things.age(now()), SECOND_MS)
