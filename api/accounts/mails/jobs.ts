import type { Deps } from '../../deps.ts'
import type { Delivery } from '../../outbox/delivery.ts'
import type { Lane } from '../../outbox/lane.ts'
import { writeAccountMail } from './mail.ts'
import { writeNoticeMail } from './notice-mail.ts'
import { readAccountMail, type StoredMail } from './store.ts'
import { mailTokenOf } from './token.ts'

/** Mails of accounts are a lane of the outbox, so that a storm of alerts delays no sign-in. */
export const accountLanes: Lane[] = [
  {
    name: 'ACCOUNT',
    queue: { table: 'account_mails', channel: null },
    hands: 10,
    // No log of the attempts: what is sent is a secret.
    send: async (deps, id, signal) => ({
      delivery: await send(deps, id, signal),
      attempts: [],
      channelAsOf: null,
    }),
    // Nobody else may be told: the link is for this mailbox only.
    whenSettled: async () => {},
  },
]

async function send(deps: Deps, id: string, signal: AbortSignal): Promise<Delivery> {
  const mail = await readAccountMail(deps.database.pool, id)
  if (mail === null) return { outcome: 'PERMANENT', why: 'its account is gone' }
  if (mail.expiresAt <= deps.clock.now()) return { outcome: 'PERMANENT', why: 'it has expired' }
  const letter = { id, threadId: null, to: mail.recipient, ...write(deps, id, mail) }
  return deps.mailer.send(letter, signal)
}

function write({ keyring, environment }: Deps, id: string, mail: StoredMail) {
  const { publicUrl } = environment
  if (mail.kind === 'NOTICE') return writeNoticeMail(mail, publicUrl)
  return writeAccountMail({ ...mail, token: mailTokenOf(keyring, mail.kind, id) }, publicUrl)
}
