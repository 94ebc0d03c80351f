export interface StreamEvent {
  id: string
  event: string
  data: string
}

/** A stream is silent for longer than this only when it is dead: the node sends a heartbeat every ten seconds. */
const SILENCE_MS = 25_000

/** Split the text of a server-sent event stream into its events; comments are heartbeats and give nothing. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent | 'heartbeat'> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    rest += value
    const blocks = rest.split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) yield parsed(block)
  }
}

function parsed(block: string): StreamEvent | 'heartbeat' {
  const found: StreamEvent = { id: '', event: 'message', data: '' }
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const cut = line.indexOf(':')
    if (cut <= 0) continue
    const field = line.slice(0, cut)
    const value = line.slice(cut + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'id' || field === 'event') found[field] = value
  }
  found.data = data.join('\n')
  return found.data || found.id ? found : 'heartbeat'
}

export interface Following {
  path: string
  token: string
  /** Where to go on: the cursor of the picture that is on screen, so that nothing is missed or told twice. */
  from: string
  heard: (event: StreamEvent) => void
  /** The stream broke. Whoever follows asks first whether the same record still answers, then follows anew. */
  lost: () => void
  signal: AbortSignal
}

/** Follow one stream until it breaks or is told to stop. */
export async function follow({ path, token, from, heard, lost, signal }: Following): Promise<void> {
  const attempt = new AbortController()
  const stop = () => attempt.abort()
  signal.addEventListener('abort', stop, { once: true })
  let silence = setTimeout(stop, SILENCE_MS)
  try {
    const answer = await fetch(path, {
      headers: { Accept: 'text/event-stream', ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(from ? { 'Last-Event-ID': from } : {}) },
      cache: 'no-store',
      signal: attempt.signal,
    })
    if (!answer.ok || !answer.body) throw new Error(`${path}: ${answer.status}`)
    for await (const event of events(answer.body)) {
      clearTimeout(silence)
      silence = setTimeout(stop, SILENCE_MS)
      if (event !== 'heartbeat' && !signal.aborted) heard(event)
    }
  } catch {
    // Why it broke, the link finds out.
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', stop)
  }
  if (!signal.aborted) lost()
}
