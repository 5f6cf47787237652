import type { AlertType } from '../../generated/prisma/enums.ts'
import { oneLine } from '../outbox/letter.ts'
import type { Notice } from './message.ts'
import { instant, LONGEST_LINE, type Words } from './words.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Under two days are told in hours. */
const TOLD_IN_HOURS_MS = 2 * DAY_MS

type CertificateType = Extract<AlertType, 'CERTIFICATE_EXPIRY' | 'CERTIFICATE_RENEWED'>

/** What an alert on a certificate says: of the certificate as it is known when the mail is written. */
export function certificateWords(notice: Notice & { type: CertificateType }, name: string): Words {
  const { type, certificateExpiresAt: expiresAt, decidedAt, target } = notice
  const until = expiresAt === null ? 'a time that is not known any more' : instant(expiresAt)
  const what = { label: 'What', value: oneLine(target, LONGEST_LINE) }
  if (type === 'CERTIFICATE_RENEWED') {
    return {
      subject: `CERTIFICATE: ${name} (renewed)`,
      heading: `The certificate of ${name} was renewed`,
      lead: `It is valid until ${until}.`,
      facts: [what, { label: 'Valid until', value: until }],
    }
  }
  const fate = fateInWords(expiresAt === null ? null : expiresAt - decidedAt)
  return {
    subject: `CERTIFICATE: ${name} (${fate})`,
    heading: `The certificate of ${name} ${fate}`,
    lead: `Renew it before ${until}: whoever visits after that is warned off.`,
    facts: [what, { label: 'Expires', value: until }],
  }
}

/** What becomes of a certificate with so much time left. */
export function fateInWords(leftMs: number | null): string {
  if (leftMs === null) return 'expires soon'
  if (leftMs <= 0) return 'has expired'
  if (leftMs >= TOLD_IN_HOURS_MS) return `expires in ${Math.round(leftMs / DAY_MS)} days`
  const hours = Math.ceil(leftMs / HOUR_MS)
  return `expires in ${hours} ${hours === 1 ? 'hour' : 'hours'}`
}
