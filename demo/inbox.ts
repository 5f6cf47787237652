import { createServer } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

const MAX_MAILS = 100
const MAX_MAIL_BYTES = 1024 * 1024

export type Inbox = { smtpUrl: string; pageUrl: string; close(): Promise<void> }

/** A mail server that keeps what it receives in memory and shows it on a page. */
export async function startInbox(onMail: (subject: string) => void): Promise<Inbox> {
  const mails: Email[] = []
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAX_MAIL_BYTES,
    onData(stream, _session, done) {
      buffer(stream)
        .then((raw) => PostalMime.parse(raw))
        .then((mail) => {
          mails.unshift(mail)
          mails.length = Math.min(mails.length, MAX_MAILS)
          onMail(mail.subject ?? '')
          done()
        }, done)
    },
  })
  const page = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    })
    response.end(inboxPage(mails))
  })
  const smtpPort = await listen(smtp.server)
  const pagePort = await listen(page)
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    pageUrl: `http://127.0.0.1:${pagePort}/`,
    async close() {
      page.close()
      page.closeAllConnections()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    },
  }
}

async function listen(server: NetServer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return (server.address() as AddressInfo).port
}

function inboxPage(mails: Email[]): string {
  const list =
    mails.map(mailCard).join('') || '<p>No mail yet. The first comes with the first incident.</p>'
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Pharos demo inbox (${mails.length})</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: .5rem; padding: 1rem; margin: 1rem 0 }
h2 { font-size: 1.1rem; margin: 0 } pre { white-space: pre-wrap; overflow-wrap: anywhere }
</style><h1>Inbox</h1>${list}</html>`
}

function mailCard(mail: Email): string {
  const to = mail.to?.map((address) => address.address).join(', ') ?? ''
  return `<article><h2>${escaped(mail.subject ?? '')}</h2><small>to ${escaped(to)}, ${escaped(mail.date ?? '')}</small><pre>${escaped(mail.text ?? '')}</pre></article>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
