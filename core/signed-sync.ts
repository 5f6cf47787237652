import { type Secret, signMessage, verifyMessage } from './signature.ts'

/** Who syncs, and with what it signs. */
export type ProbeIdentity = { probeId: string; secret: Secret }

/** The headers of one sync; `webhook-id` is its own, and that of its answer. */
export type SyncHeaders = Record<
  'content-type' | 'probe-id' | 'webhook-id' | 'webhook-timestamp' | 'webhook-signature',
  string
>

/** Signs the body of a sync, as it goes out now by the server's clock. */
export async function signSync(
  { probeId, secret }: ProbeIdentity,
  body: string,
  nowMs: number,
): Promise<SyncHeaders> {
  const id = crypto.randomUUID()
  const timestampSeconds = Math.floor(nowMs / 1000)
  return {
    'content-type': 'application/json',
    'probe-id': probeId,
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(secret, { id, timestampSeconds, body }),
  }
}

/** Whether this is the server's answer to that sync: to another one it is none, however well it is signed. */
export async function isAnswerTo(
  sent: SyncHeaders,
  { secret }: ProbeIdentity,
  answer: { headers: Headers; body: string },
  nowMs: number,
): Promise<boolean> {
  const { headers, body } = answer
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  const signature = headers.get('webhook-signature') ?? ''
  if (id !== sent['webhook-id']) return false
  return (await verifyMessage([secret], { id, timestamp, signature }, body, nowMs)).isValid
}
