/** What there is to say of an incident that has become as slow as a channel asks for: not how it began. */
export function worsenedInWords(latencyMs: number): string {
  return `It got slower since it began: it answers in ${latencyMs} ms or more by now`
}
