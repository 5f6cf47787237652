import type { Deps } from '../../deps.ts'
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
    async send(deps, id, signal) {
      const mail = await readAccountMail(deps.database.pool, id)
      if (mail === null) return { outcome: 'PERMANENT', why: 'its account is gone' }
      if (mail.expiresAt <= deps.clock.now()) return { outcome: 'PERMANENT', why: 'it has expired' }
      return deps.mailer.send(
        { id, threadId: null, to: mail.recipient, ...write(deps, id, mail) },
        signal,
      )
    },
    // Nobody else may be told: the link is for this mailbox only.
    whenSettled: async () => {},
  },
]

function write({ keyring, environment }: Deps, id: string, mail: StoredMail) {
  const { publicUrl } = environment
  if (mail.kind === 'NOTICE') return writeNoticeMail(mail, publicUrl)
  return writeAccountMail({ ...mail, token: mailTokenOf(keyring, mail.kind, id) }, publicUrl)
}
