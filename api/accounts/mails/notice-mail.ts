import type { NoticeKind } from '../../../generated/prisma/enums.ts'
import { instant } from '../../instant.ts'
import { layOut, oneLine } from '../../outbox/letter.ts'

const LONGEST_NAME = 80
const LONGEST_TEXT = 1_000

/** What an operator should know. Instants are epoch milliseconds. */
export type ToldNotice = {
  kind: NoticeKind
  region: string
  text: string
  startedAt: number
  resolvedAt: number | null
}

/** `timeZone` is that of whoever reads it. */
type MailedNotice = { notice: ToldNotice; workspaceName: string | null; timeZone: string }

/** A notice as a mail: what is wrong on our side, since when, and that no monitor is blamed for it. */
export function writeNoticeMail(
  { notice, workspaceName, timeZone }: MailedNotice,
  publicUrl: string,
) {
  const subject = subjects[notice.kind](oneLine(notice.region, LONGEST_NAME))
  const facts = [
    {
      label: notice.kind === 'CHANNEL_DISABLED' ? 'Channel' : 'Region',
      value: oneLine(notice.region, LONGEST_NAME),
    },
    { label: 'Since', value: instant(notice.startedAt, timeZone) },
    ...(notice.resolvedAt === null
      ? []
      : [{ label: 'Over since', value: instant(notice.resolvedAt, timeZone) }]),
    ...(workspaceName === null
      ? []
      : [{ label: 'Workspace', value: oneLine(workspaceName, LONGEST_NAME) }]),
  ]
  const letter = {
    heading: subject,
    lead: oneLine(notice.text, LONGEST_TEXT),
    facts,
    links: [{ label: 'Open Pharos', url: publicUrl }] as const,
    footer: 'No incident was opened for it: it says nothing about what you watch.',
  }
  return { subject, ...layOut(letter) }
}

const subjects = {
  PROBE_SILENT: (region) => `The probe of ${region} has fallen silent`,
  CHANNEL_DISABLED: (channel) => `Pharos tells nobody over ${channel} any more`,
  REGION_UNHEALTHY: (region) => `${region} has lost its own network`,
} satisfies Record<NoticeKind, (region: string) => string>
