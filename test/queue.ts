/** What has come and what is waited for: `take` gives the next that was `put`, now or later. */
export function createQueue<T>(): { put(item: T): void; take(): Promise<T> } {
  const items: T[] = []
  const takers: ((item: T) => void)[] = []
  return {
    put(item) {
      const taker = takers.shift()
      if (taker) taker(item)
      else items.push(item)
    },
    take() {
      if (items.length > 0) return Promise.resolve(items.shift()!)
      return new Promise((resolve) => takers.push(resolve))
    },
  }
}
