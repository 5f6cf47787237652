import type { Running } from '../loop.ts'

/** What is kept by key for as long as somebody follows it. */
export type Followed<T> = {
  get(key: string): T | undefined
  keys(): string[]
  /** To be left again, once. */
  join(key: string): T
  leave(key: string): void
}

/** `watch` runs while anything is followed at all. */
export function createFollowed<T>(make: (key: string) => T, watch: () => Running): Followed<T> {
  const kept = new Map<string, { thing: T; followers: number }>()
  let watching: Running | null = null

  return {
    get: (key) => kept.get(key)?.thing,
    keys: () => [...kept.keys()],
    join(key) {
      const entry = kept.getOrInsertComputed(key, () => ({ thing: make(key), followers: 0 }))
      entry.followers += 1
      watching ??= watch()
      return entry.thing
    },
    leave(key) {
      const entry = kept.get(key)
      if (!entry) return
      entry.followers -= 1
      if (entry.followers === 0) kept.delete(key)
      if (kept.size > 0) return
      void watching?.stop()
      watching = null
    },
  }
}
