import type { Channel } from '../channel.ts'
import { writeMessage } from '../message.ts'

export const email: Channel = {
  send: ({ mailer, environment }, notice, signal) =>
    mailer.send(
      {
        id: notice.alertId,
        threadId: notice.incidentId,
        to: notice.recipient,
        ...writeMessage(notice, environment.publicUrl),
      },
      signal,
    ),
}
