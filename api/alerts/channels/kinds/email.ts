import { cut, layOut } from '../../../outbox/letter.ts'
import { nothing } from '../address-rule.ts'
import type { Content } from '../content.ts'
import type { MailedKind } from '../kind.ts'
import { isFetchable } from '../markup.ts'
import { speak, type Speech, type Tone } from '../speech.ts'

/** A long digest becomes several mails; most servers take far more, but no reader does. */
const DIGEST_BYTES = 200_000
const MAX_SUBJECT_LENGTH = 200

const colors = {
  BAD: '#d92d20',
  WARNING: '#dc6803',
  GOOD: '#079455',
  PLAIN: '#475467',
} satisfies Record<Tone, string>

/** The address is the recipient's own; there is nothing to set. */
export const email: MailedKind = {
  carrier: 'MAIL',
  rules: () => ({ settings: nothing, secrets: nothing }),
  labelOf: () => 'e-mail',
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const speech = speak(content, way)
    const envelope = envelopeOf(content)
    const subject = cut(speech.subject, MAX_SUBJECT_LENGTH)
    return { ...envelope, subject, ...write(speech, envelope.to) }
  },
}

function envelopeOf(content: Content) {
  switch (content.type) {
    case 'NOTICE': {
      const { alertId, incidentId, recipient } = content.notice
      return { id: alertId, threadId: incidentId, to: recipient }
    }
    case 'DIGEST': {
      const { digest, page } = content
      const id = page && page.number > 1 ? `${digest.digestId}.${page.number}` : digest.digestId
      return { id, threadId: null, to: digest.recipient }
    }
    case 'TRIAL':
      return { id: content.trial.trialId, threadId: null, to: content.trial.recipient }
  }
}

function write({ tone, title, lead, facts, lines, link, imageUrl }: Speech, to: string) {
  return layOut({
    heading: title,
    lead,
    facts,
    lines,
    links: imageUrl ? [link, { label: 'Screenshot', url: imageUrl }] : [link],
    imageUrl: isFetchable(imageUrl) ? imageUrl : null,
    footer: `You get this mail because Pharos sends its alerts to ${to}.`,
    color: colors[tone],
  })
}
