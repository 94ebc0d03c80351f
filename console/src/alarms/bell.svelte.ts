const KEY = 'keepclear.sound'
const EVERY_MS = 2_500

/** The sound of an alarm: off until somebody turns it on, and silent as soon as every alarm is acknowledged. */
class Bell {
  on = $state(localStorage.getItem(KEY) === 'on')
  private air: AudioContext | null = null
  private ringing: ReturnType<typeof setInterval> | undefined

  choose(on: boolean): void {
    this.on = on
    localStorage.setItem(KEY, on ? 'on' : 'off')
  }

  ring(wanted: boolean): void {
    clearInterval(this.ringing)
    this.ringing = undefined
    if (!wanted || !this.on) return
    this.strike()
    this.ringing = setInterval(() => this.strike(), EVERY_MS)
  }

  private strike(): void {
    this.air ??= new AudioContext()
    const now = this.air.currentTime
    for (const [n, pitch] of [880, 660].entries()) {
      const tone = this.air.createOscillator()
      const loud = this.air.createGain()
      tone.frequency.value = pitch
      loud.gain.setValueAtTime(0.12, now + n * 0.18)
      loud.gain.exponentialRampToValueAtTime(0.001, now + n * 0.18 + 0.16)
      tone.connect(loud).connect(this.air.destination)
      tone.start(now + n * 0.18)
      tone.stop(now + n * 0.18 + 0.17)
    }
  }
}

export const bell = new Bell()
