import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { MAX_SYNC_BYTES } from '../../../core/probe-protocol.ts'
import type { SignedHeaders } from '../../../core/signature.ts'
import { isUuid } from '../../uuid.ts'

/** No dot: it would let a signature speak for another split of id, timestamp and body. */
const MESSAGE_ID = /^[\w-]{1,64}$/

export type SyncHeaders = SignedHeaders & { probeId: string }

/** Null where a header is missing or cannot be right. */
export function readHeaders(headers: IncomingHttpHeaders): SyncHeaders | null {
  const [probeId, id, timestamp, signature] = NAMES.map((name) => headers[name])
  if (typeof probeId !== 'string' || !isUuid(probeId)) return null
  if (typeof id !== 'string' || !MESSAGE_ID.test(id)) return null
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return null
  return { probeId, id, timestamp, signature }
}

/** Null where the body is longer than a sync may be: no more than that is read. */
export async function readBody(incoming: IncomingMessage): Promise<Uint8Array | null> {
  if (Number(incoming.headers['content-length'] ?? 0) > MAX_SYNC_BYTES) return null
  const chunks: Uint8Array[] = []
  let size = 0
  // Destroyed, it could no longer be answered.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > MAX_SYNC_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const NAMES = ['probe-id', 'webhook-id', 'webhook-timestamp', 'webhook-signature']
