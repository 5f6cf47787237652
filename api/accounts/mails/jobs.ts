import type { Lane } from '../../outbox/lane.ts'
import { writeAccountMail } from './mail.ts'
import { readAccountMail } from './store.ts'
import { mailTokenOf } from './token.ts'

/** Mails of accounts are a lane of the outbox, so that a storm of alerts delays no sign-in. */
export const accountLanes: Lane[] = [
  {
    name: 'ACCOUNT',
    queue: { table: 'account_mails', channel: null },
    async send({ database, keyring, environment, mailer, clock }, id, signal) {
      const mail = await readAccountMail(database.pool, id)
      if (mail === null) return { outcome: 'PERMANENT', why: 'its account is gone' }
      if (mail.expiresAt <= clock.now())
        return { outcome: 'PERMANENT', why: 'its link has expired' }
      const token = mailTokenOf(keyring, mail.kind, id)
      const parts = writeAccountMail({ ...mail, token }, environment.publicUrl)
      return mailer.send({ id, threadId: null, to: mail.recipient, ...parts }, signal)
    },
    // Nobody else may be told: the link is for this mailbox only.
    whenFailed: async () => {},
  },
]
