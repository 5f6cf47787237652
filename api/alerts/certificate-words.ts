import type { AlertType } from '../../generated/prisma/enums.ts'
import { fateInWords } from '../incidents/certificates/certificate.ts'
import { oneLine } from '../outbox/letter.ts'
import type { Notice } from './message.ts'
import { instant, MAX_LINE_LENGTH, type Words } from './words.ts'

export type CertificateType = Extract<AlertType, 'CERTIFICATE_EXPIRY' | 'CERTIFICATE_RENEWED'>

/** What an alert on a certificate says: of the certificate as it is known when the mail is written. */
export function certificateWords(notice: Notice & { type: CertificateType }, name: string): Words {
  const { type, certificateExpiresAt: expiresAt, decidedAt, target } = notice
  const until = expiresAt === null ? 'a time that is not known any more' : instant(expiresAt)
  const what = { label: 'What', value: oneLine(target, MAX_LINE_LENGTH) }
  if (type === 'CERTIFICATE_RENEWED') {
    return {
      subject: `CERTIFICATE: ${name} (renewed)`,
      heading: `The certificate of ${name} was renewed`,
      lead: `It is valid until ${until}.`,
      facts: [what, { label: 'Valid until', value: until }],
    }
  }
  const fate = expiresAt === null ? 'expires soon' : fateInWords(expiresAt - decidedAt)
  return {
    subject: `CERTIFICATE: ${name} (${fate})`,
    heading: `The certificate of ${name} ${fate}`,
    lead: `Renew it before ${until}: whoever visits after that is warned off.`,
    facts: [what, { label: 'Expires', value: until }],
  }
}
