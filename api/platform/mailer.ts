import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
} from 'nodemailer/lib/smtp-connection'
import { addressProblem } from '../../core/email-address.ts'
import type { Environment } from './environment.ts'
import { failpoint } from './failpoint.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** Longest silence of the server. */
const IDLE_TIMEOUT_MS = 20_000
/** One mail, whatever the server does: a byte a second is never silent. */
const SEND_TIMEOUT_MS = 25_000
const CLOSE_TIMEOUT_MS = 1_000
const MAX_SUBJECT_LENGTH = 200

export type Mail = {
  /** Becomes the Message-ID: the same on every attempt, so that a receiver can tell a repeat. */
  id: string
  /** Mails of one thread are shown together. */
  threadId: string | null
  to: string
  subject: string
  text: string
  html: string
}

export type MailOutcome =
  | { outcome: 'ACCEPTED' }
  | { outcome: 'RETRY'; why: string }
  | { outcome: 'PERMANENT'; why: string }
  | { outcome: 'GONE'; why: string }

export type Mailer = {
  readonly isConfigured: boolean
  /** Ends within 25 s, and at once when `signal` aborts. Throws nothing. */
  send(mail: Mail, signal?: AbortSignal): Promise<MailOutcome>
}

type MailSettings = Pick<Environment, 'smtpUrl' | 'mailFrom' | 'publicUrl'>

/** Each mail has a connection of its own: one that hangs or is cut holds up nobody else's. */
export function createMailer({ smtpUrl, mailFrom, publicUrl }: MailSettings): Mailer {
  if (!smtpUrl) return unconfigured
  const { auth, ...server } = parseConnectionUrl(smtpUrl)
  const host = new URL(publicUrl).hostname
  return {
    isConfigured: true,
    async send(mail, signal) {
      const problem = problemOf(mail)
      if (problem) return { outcome: 'PERMANENT', why: problem }
      const deadline = AbortSignal.timeout(SEND_TIMEOUT_MS)
      try {
        const message = await compose(mail, mailFrom, host)
        const ending = signal ? AbortSignal.any([deadline, signal]) : deadline
        await transmit({ ...server, ...timeouts }, auth, message, ending)
        return { outcome: 'ACCEPTED' }
      } catch (error) {
        return classify(error as SmtpFailure)
      }
    },
  }
}

const unconfigured: Mailer = {
  isConfigured: false,
  send: async () => ({
    outcome: 'PERMANENT',
    why: 'mail is not configured: set SMTP_URL',
  }),
}

const timeouts = {
  connectionTimeout: CONNECT_TIMEOUT_MS,
  greetingTimeout: CONNECT_TIMEOUT_MS,
  dnsTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: IDLE_TIMEOUT_MS,
  socketCloseTimeout: CLOSE_TIMEOUT_MS,
}

function problemOf(mail: Mail): string | null {
  const problem = addressProblem(mail.to)
  if (problem) return `the recipient ${problem}`
  if (mail.subject.length > MAX_SUBJECT_LENGTH)
    return `the subject is over ${MAX_SUBJECT_LENGTH} characters`
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(mail.subject) ? 'the subject holds control characters' : null
}

type Message = { envelope: { from: string; to: string[] }; raw: Buffer }

async function compose(mail: Mail, from: string, host: string): Promise<Message> {
  const composed = new MailComposer({
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${host}>`,
    references: mail.threadId ? `<${mail.threadId}@${host}>` : undefined,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const { from: sender } = composed.getEnvelope()
  return { envelope: { from: sender || '', to: [mail.to] }, raw: await composed.build() }
}

async function transmit(
  server: SMTPConnectionOptions,
  auth: SMTPConnectionAuth | undefined,
  { envelope, raw }: Message,
  ending: AbortSignal,
): Promise<void> {
  const connection = new SMTPConnection(server)
  const broken = Promise.withResolvers<never>()
  // The socket may still fail when the mail is long accepted; then nobody waits for this.
  broken.promise.catch(() => {})
  connection.on('error', broken.reject)
  const end = () => broken.reject(ending.reason)
  ending.addEventListener('abort', end, { once: true })
  const step = (start: (done: (error?: Error | null) => void) => void) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    start((error) => (error ? reject(error) : resolve()))
    return Promise.race([promise, broken.promise])
  }
  try {
    await step((done) => connection.connect(done))
    if (auth) await step((done) => connection.login(auth, done))
    await step((done) => connection.send(envelope, Readable.from(inHalves(raw)), done))
    connection.quit()
  } catch (error) {
    connection.close()
    throw error
  } finally {
    ending.removeEventListener('abort', end)
  }
}

function* inHalves(raw: Buffer): Generator<Buffer> {
  const half = Math.ceil(raw.length / 2)
  yield raw.subarray(0, half)
  failpoint('mid-send')
  yield raw.subarray(half)
}

type SmtpFailure = Error & {
  code?: string
  responseCode?: number
  response?: string
  command?: string
}

/** RFC 3463 and 7505: there is no such mailbox, it has moved, its domain takes no mail, or it is closed. */
const NO_MAILBOX = /^5\d\d[ -](5\.1\.1|5\.1\.6|5\.1\.10|5\.2\.1)\b/
/** Gmail says 5.2.1 of a mailbox that gets too much, too: `receiving mail at a rate that prevents additional messages`. */
const THROTTLED = /^5\d\d[ -]5\.2\.1\b.*\bat a rate\b/s
/** What is refused before is not refused for the recipient. */
const ABOUT_THE_RECIPIENT = ['RCPT TO', 'DATA']

/** RFC 5321, 4.2.1: 5yz is a permanent refusal. A rejected password is ours to mend, and the mail can wait for it. */
function classify(error: SmtpFailure): MailOutcome {
  const why =
    error.name === 'TimeoutError' ? `no answer within ${SEND_TIMEOUT_MS / 1000} s` : error.message
  const isPermanent =
    (error.responseCode ?? 0) >= 500 &&
    error.code !== 'EAUTH' &&
    !THROTTLED.test(error.response ?? '')
  if (!isPermanent) return { outcome: 'RETRY', why }
  return { outcome: hasNoMailbox(error) ? 'GONE' : 'PERMANENT', why }
}

function hasNoMailbox({ command = '', response = '' }: SmtpFailure): boolean {
  return ABOUT_THE_RECIPIENT.includes(command) && NO_MAILBOX.test(response)
}
