// Whether the node answers. There is one retry loop in the console, and it is here: whatever loses its
// connection waits for this loop instead of starting another.

const BEAT_MS = 2_500
const PATIENCE_MS = 2_000
const LONGEST_WAIT_MS = 15_000

export class Link {
  state = $state<'up' | 'lost'>('up')
  lastContact = $state(Date.now())
  /** Told when the node stops answering, so that nothing on screen passes for fresh. */
  lost: () => void = () => undefined
  private waiting: (() => void)[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private running = false

  start(): void {
    if (this.running) return
    this.running = true
    this.after(BEAT_MS)
  }

  stop(): void {
    this.running = false
    clearTimeout(this.timer)
  }

  /** Look again at once: something failed that may be the connection. */
  doubt(): void {
    if (this.running) this.after(0)
  }

  /** Wait until the node answers; at once when it does. A jitter keeps many pages from returning in step. */
  async restored(): Promise<void> {
    if (this.state === 'lost') await new Promise<void>((resolve) => this.waiting.push(resolve))
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400))
  }

  private after(wait: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.look(), wait)
  }

  private async look(): Promise<void> {
    const up = await fetch('/livez', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
      .then(async (answer) => {
        await answer.arrayBuffer()
        return answer.ok
      })
      .catch(() => false)
    if (!this.running) return
    if (up) {
      this.failures = 0
      this.lastContact = Date.now()
      this.state = 'up'
      for (const wake of this.waiting.splice(0)) wake()
      return this.after(BEAT_MS)
    }
    this.failures += 1
    const fell = this.state === 'up'
    this.state = 'lost'
    if (fell) this.lost()
    const backoff = Math.min(LONGEST_WAIT_MS, BEAT_MS * 2 ** (this.failures - 1))
    this.after(backoff * (0.5 + Math.random() / 2))
  }
}
