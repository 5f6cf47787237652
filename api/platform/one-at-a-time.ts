/**
 * Runs `work` once for all who ask before it begins, and once more for those who ask while it runs: what
 * it found by then may be older than their question.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let isAsked = false

  async function run(): Promise<void> {
    try {
      while (isAsked) {
        isAsked = false
        await work()
      }
    } finally {
      running = null
    }
  }

  return () => {
    isAsked = true
    running ??= run()
    return running
  }
}
