/** Ask the desk around an element to bring a subject to the front; the desk listens for it. */
export function point(event: Event, subject: string): void {
  event.target?.dispatchEvent(new CustomEvent<string>('point', { detail: subject, bubbles: true }))
}
