import type { DocumentNode } from 'graphql'
import { createShelf } from './live/shelf.ts'

/** Characters. A parsed document takes up to 440 bytes of heap for each; by number of documents that had no end. */
const MAX_KEPT_LENGTH = 100_000

/**
 * Parsed documents by their text. What was asked for lately is kept for who asks for it again; and whatever somebody
 * still holds is found again, so that all who are subscribed by the same text hold the same document.
 */
export type Documents = {
  get(text: string): DocumentNode | undefined
  set(text: string, document: DocumentNode): void
}

export function createDocuments(maxKeptLength: number = MAX_KEPT_LENGTH): Documents {
  const shelf = createShelf(maxKeptLength)
  const kept = new Set<DocumentNode>()
  const known = new Map<string, WeakRef<DocumentNode>>()
  const gone = new FinalizationRegistry((text: string) => {
    if (known.get(text)?.deref() === undefined) known.delete(text)
  })
  return {
    get: (text) => known.get(text)?.deref(),
    set(text, document) {
      known.set(text, new WeakRef(document))
      gone.register(document, text)
      kept.add(document)
      shelf.put({ length: text.length, drop: () => kept.delete(document) })
    },
  }
}

/** Errors hold the text that they are about, which is read again faster than they could be kept. */
export const noErrors = { get: () => undefined, set() {} }
