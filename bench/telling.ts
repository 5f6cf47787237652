import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createTransport } from 'nodemailer'
import { RECHECK_MS } from '../core/slot.ts'
import { createMonitor, signUp, statuses } from '../test/rig/graphql.ts'
import { startServer } from '../test/rig/server.ts'
import { type SmtpSink, startSmtpSink } from '../test/smtp-sink.ts'
import { machine } from './machine.ts'
import { quantile } from './quantile.ts'
import { openSandbox } from './sandbox.ts'

const HELP = `From the moment a target fails until a receiver has accepted the mail that says so: the whole program,
checks over HTTP, PostgreSQL and SMTP, beside a mail that is sent by hand in the same run.

  node bench/telling.ts [--monitors 24] [--rounds 3]
`
const INTERVAL_SECONDS = 10
/** Half of the monitors believe the first failure, half wait for the third. */
const THRESHOLDS = [1, 3]
/** What Pharos may take for itself once a failure is confirmed. */
const ALLOWED_MS = 2_000
const POLL_MS = 2

/** One monitor of somebody's own, so that no two messages to a mailbox are gathered. */
type Subject = {
  mailbox: string
  path: string
  failureThreshold: number
  statusOf(): Promise<string>
}

/** From the failure to the first check that saw it, to the one that confirmed it, and to the accepted mail. */
type Told = { failureThreshold: number; seenMs: number; confirmedMs: number; acceptedMs: number }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      monitors: { type: 'string', default: '24' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  await using opened = new AsyncDisposableStack()
  const sandbox = opened.use(await openSandbox())
  const sink = await startSmtpSink()
  opened.defer(() => sink.close())
  const target = await startTarget()
  opened.defer(() => target.close())
  const { dataDir, url: databaseUrl } = sandbox
  const server = await startServer({ dataDir, databaseUrl, smtpUrl: sink.url })
  opened.defer(async () => void (await server.stop()))
  const { url: pharos } = server
  if (pharos === null) throw new Error(`Pharos did not start:\n${server.output()}`)
  const subjects: Subject[] = []
  for (let i = 0; i < Number(values.monitors); i++)
    subjects.push(await createSubject(pharos, target, i))

  const told: Told[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    await Promise.all(subjects.map(isUp))
    told.push(...(await Promise.all(subjects.map((subject) => failOnce(subject, target, sink)))))
    target.mend()
  }
  print(told, await mailsByHand(sink))
}

async function createSubject(pharos: string, target: Target, index: number): Promise<Subject> {
  const mailbox = `m${index}@pharos.example`
  const owner = await signUp(() => pharos, mailbox)
  const path = `/${index}`
  const failureThreshold = THRESHOLDS[index % THRESHOLDS.length]!
  await createMonitor(owner, {
    name: mailbox,
    target: target.url + path,
    intervalSeconds: INTERVAL_SECONDS,
    failureThreshold,
    recoveryThreshold: 1,
  })
  const statusOf = async () => (await statuses(owner)).get(mailbox) ?? ''
  return { mailbox, path, failureThreshold, statusOf }
}

async function isUp({ statusOf }: Subject): Promise<void> {
  while ((await statusOf()) !== 'UP') await pause(500)
}

/** Fails at any moment between two checks. */
async function failOnce(subject: Subject, target: Target, sink: SmtpSink): Promise<Told> {
  const { mailbox, path, failureThreshold } = subject
  await pause(randomInt(INTERVAL_SECONDS * 1_000))
  const told = () => sink.mails.filter(isDownMailTo(mailbox)).length
  const before = told()
  const { failedAt, visits } = target.fail(path)
  while (told() === before) await pause(POLL_MS)
  const acceptedMs = performance.now() - failedAt
  const [seenAt = Number.NaN] = visits
  const confirmedAt = visits[failureThreshold - 1] ?? Number.NaN
  return {
    failureThreshold,
    seenMs: seenAt - failedAt,
    confirmedMs: confirmedAt - failedAt,
    acceptedMs,
  }
}

function isDownMailTo(mailbox: string) {
  return ({ recipient, raw }: SmtpSink['mails'][number]) =>
    recipient === mailbox && /^subject:.*\bdown\b/im.test(raw.toString('latin1'))
}

type Target = {
  url: string
  /** From now on the page answers 503; `visits` fills with the moments at which it is asked. */
  fail(path: string): { failedAt: number; visits: number[] }
  mend(): void
  close(): void
}

async function startTarget(): Promise<Target> {
  const failing = new Map<string, number[]>()
  const server = http.createServer(({ url = '' }, response: ServerResponse) => {
    const visits = failing.get(url)
    visits?.push(performance.now())
    response.writeHead(visits ? 503 : 200).end('answered')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    fail(path) {
      const visits: number[] = []
      failing.set(path, visits)
      return { failedAt: performance.now(), visits }
    },
    mend: () => failing.clear(),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** What a mail costs that nobody had to decide on: a connection each, as after a quiet night. */
async function mailsByHand({ url }: SmtpSink): Promise<number[]> {
  const transport = createTransport(url)
  const tookMs: number[] = []
  for (let i = 0; i < 50; i++) {
    const from = performance.now()
    await transport.sendMail({
      from: 'pharos@pharos.example',
      to: 'raw@pharos.example',
      subject: 'Shop is down',
      text: 'Connection refused',
    })
    tookMs.push(performance.now() - from)
  }
  return tookMs
}

function print(told: Told[], byHand: number[]): void {
  const load = os.loadavg()[0]!.toFixed(1)
  console.log(`${machine()}, load ${load}, PostgreSQL 18, target and receiver on the same machine`)
  console.log(`A monitor every ${INTERVAL_SECONDS} s, seconds from its target's failure on:`)
  console.table(Object.fromEntries(THRESHOLDS.map((threshold) => rowOf(told, threshold))))
  console.log(`A mail by hand: ${quantile(byHand, 0.5).toFixed(1)} ms in the median`)
}

function rowOf(all: Told[], threshold: number): [string, object] {
  const told = all.filter(({ failureThreshold }) => failureThreshold === threshold)
  const accepted = told.map(({ acceptedMs }) => acceptedMs)
  const own = told.map(({ acceptedMs, confirmedMs }) => acceptedMs - confirmedMs)
  const boundMs = INTERVAL_SECONDS * 1_000 + (threshold - 1) * RECHECK_MS + ALLOWED_MS
  return [
    `${told.length} failures, confirmed by ${threshold}`,
    {
      'seen, max': seconds(Math.max(...told.map(({ seenMs }) => seenMs))),
      'confirmed, max': seconds(Math.max(...told.map(({ confirmedMs }) => confirmedMs))),
      'mail accepted, median': seconds(quantile(accepted, 0.5)),
      'mail accepted, max': seconds(Math.max(...accepted)),
      'allowed at most': seconds(boundMs),
      'of it Pharos’ own, median': seconds(quantile(own, 0.5)),
      'own, max': seconds(Math.max(...own)),
    },
  ]
}

const seconds = (ms: number) => (ms / 1_000).toFixed(2)

await main()
