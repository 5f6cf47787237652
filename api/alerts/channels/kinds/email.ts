import { layOut } from '../../../outbox/letter.ts'
import { screenshotOf, writeMessage } from '../../message.ts'
import { ownWords } from '../../wording.ts'
import { nothing } from '../address-rule.ts'
import type { Content } from '../content.ts'
import type { MailedKind, Way } from '../kind.ts'
import { speak } from '../speech.ts'

/** A long digest becomes several mails; most servers take far more, but no reader does. */
const DIGEST_BYTES = 200_000
const MAX_SUBJECT_LENGTH = 200

/** The address is the recipient's own; there is nothing to set. */
export const email: MailedKind = {
  carrier: 'MAIL',
  rules: () => ({ settings: nothing, secrets: nothing }),
  labelOf: () => 'e-mail',
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    switch (content.type) {
      case 'NOTICE': {
        const screenshotUrl = screenshotOf(content.notice, way.publicUrl)
        const notice = { ...content.notice, screenshotUrl }
        const message = writeMessage(notice, way.publicUrl, ownWords(notice, way.wording))
        return { id: notice.alertId, threadId: notice.incidentId, to: notice.recipient, ...message }
      }
      case 'DIGEST': {
        const { digest, page } = content
        const id = page && page.number > 1 ? `${digest.digestId}.${page.number}` : digest.digestId
        return { id, threadId: null, to: digest.recipient, ...write(content, way) }
      }
      case 'TRIAL': {
        const { trialId, recipient } = content.trial
        return { id: trialId, threadId: null, to: recipient, ...write(content, way) }
      }
    }
  },
}

function write(content: Exclude<Content, { type: 'NOTICE' }>, way: Way) {
  const { title, lead, facts, lines, link } = speak(content, way)
  const { recipient } = content.type === 'DIGEST' ? content.digest : content.trial
  const footer = `You get this mail because Pharos sends its alerts to ${recipient}.`
  const letter = { heading: title, lead, facts, lines, link, footer }
  return { subject: title.slice(0, MAX_SUBJECT_LENGTH), ...layOut(letter) }
}
