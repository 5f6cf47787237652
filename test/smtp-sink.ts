import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

const DRIP_MS = 1_000

/** One mail as it came over the wire, up to its final dot. */
export type Arrival = {
  messageId: string
  sender: string
  recipient: string
  raw: Buffer
}

export type Behaviour =
  | 'accept'
  | 'cut before the final dot'
  | 'cut after the final dot'
  | 'hang'
  | 'drip'
  | { refuse: Refused; at: Step; saying?: string }

type Refused = 421 | 450 | 535 | 550 | 554 | 556
type Step = 'connect' | 'sender' | 'recipient' | 'data'

export type SmtpSink = {
  url: string
  mails: Arrival[]
  /** How often anybody connected. */
  connections: number
  /** What is answered: to a connection and to its sender, where the recipient is null, and later to each recipient. */
  answer: (recipient: string | null) => Behaviour
  close(): Promise<void>
}

type Done = (error?: Error | null) => void

/** A real SMTP receiver on loopback that records what arrives and can be as bad as the real ones. */
export async function startSmtpSink(): Promise<SmtpSink> {
  const sockets = new Map<number, Socket>()
  const drips = new Set<NodeJS.Timeout>()
  const socketOf = ({ remotePort }: { remotePort: number }) => sockets.get(remotePort)
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    // Whoever refuses says for itself what it means.
    hideENHANCEDSTATUSCODES: true,
    onConnect(_session, done) {
      sink.connections += 1
      if (!refuses(sink.answer(null), 'connect', done)) done()
    },
    onMailFrom(_address, _session, done) {
      if (!refuses(sink.answer(null), 'sender', done)) done()
    },
    onRcptTo({ address }, _session, done) {
      const behaviour = sink.answer(address)
      if (behaviour !== 'hang' && !refuses(behaviour, 'recipient', done)) done()
    },
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope
      const recipient = rcptTo[0]?.address ?? ''
      const behaviour = sink.answer(recipient)
      if (behaviour === 'cut before the final dot') socketOf(session)?.destroy()
      buffer(stream).then((raw) => {
        if (refuses(behaviour, 'data', done)) return
        if (behaviour === 'drip') {
          drips.add(setInterval(() => socketOf(session)?.write('2'), DRIP_MS))
          return
        }
        const sender = mailFrom ? mailFrom.address : ''
        sink.mails.push({ messageId: messageIdOf(raw), sender, recipient, raw })
        if (behaviour === 'cut after the final dot') socketOf(session)?.destroy()
        else done()
      }, done)
    },
  })
  // A connection that is cut on purpose is no news.
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    socket.once('close', () => sockets.delete(port))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${port}`,
    mails: [],
    connections: 0,
    answer: () => 'accept',
    async close() {
      for (const drip of drips) clearInterval(drip)
      for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
  return sink
}

function refuses(behaviour: Behaviour, at: Step, done: Done): boolean {
  if (typeof behaviour !== 'object' || behaviour.at !== at) return false
  const { refuse, saying = 'refused on purpose' } = behaviour
  done(Object.assign(new Error(saying), { responseCode: refuse }))
  return true
}

function messageIdOf(raw: Buffer): string {
  return /^message-id:\s*(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? ''
}
