import type { ChannelInput } from '../api/alerts/channels/channel.ts'
import { digestLanes } from '../api/alerts/digests/jobs.ts'
import { farewellLane } from '../api/alerts/farewells/jobs.ts'
import { alertLanes } from '../api/alerts/jobs.ts'
import { startDispatcher } from '../api/outbox/jobs.ts'
import { claimDue } from '../api/outbox/store.ts'
import type { Database, Sql } from '../api/platform/database.ts'
import type { AlertChannel } from '../generated/prisma/enums.ts'
import { addChannel } from './channels.ts'
import { openTestDatabase } from './database.ts'
import { testDeps } from './deps.ts'
import { moveEarlier } from './earlier.ts'
import { eventually } from './eventually.ts'
import { watch, type Watched } from './monitors.ts'
import { startReceiver } from './receivers/receiver.ts'
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts'
import { turn } from './telling.ts'

export const ADA = 'ada@example.com'

const startedAt = Date.UTC(2026, 10, 20, 3)
const WISH = { most: 10, perReceiver: 10, perWorkspace: 10, held: [] }

export type StormStage = Awaited<ReturnType<typeof openStormStage>>

/** A workspace of Ada's with monitors `monitor-0`, `monitor-1` and so on. */
export async function openStormStage({ count }: { count: number }) {
  const [database, sink, receiver] = await Promise.all([
    openTestDatabase(),
    startSmtpSink(),
    startReceiver(() => ({ status: 200 })),
  ])
  const { pool, prisma } = database
  const deps = testDeps(database, { SMTP_URL: sink.url, OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, monitors } = await watch(database, { members: [ADA], count })
  await nameMonitors(database, monitors)
  const move = (from: 'UP' | 'DOWN', who: readonly Watched[], second: number) => {
    const to = from === 'UP' ? 'DOWN' : 'UP'
    const at = startedAt + second * 1_000
    return turn(database, ...who.map((each) => ({ ...each, from, to, at }) as const))
  }
  return {
    database,
    deps,
    sink,
    receiver,
    workspaceId,
    monitors,
    goDown: (who: readonly Watched[] = monitors, second = 0) => move('UP', who, second),
    comeUp: (who: readonly Watched[] = monitors, second = 60) => move('DOWN', who, second),
    addNtfy: (more: ChannelInput = {}) =>
      addChannel(deps, workspaceId, { ...more, ntfy: { server: receiver.url, topic: 'alerts' } }),
    portions: (channel: AlertChannel = 'EMAIL') => portionsOf(database, channel),
    digests: () => prisma.digest.findMany({ orderBy: { position: 'asc' }, include: { log: true } }),
    dueInSeconds: () => dueInSeconds(pool),
    letPass: (minutes: number) => letPass(pool, minutes),
    claimDigests: (channel: AlertChannel = 'EMAIL') =>
      claimDue(pool, { table: 'digests', channel }, WISH),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes, farewellLane])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    settled: () =>
      eventually('all is settled', async () => {
        const pending = { where: { status: 'PENDING' } } as const
        const left = await Promise.all([
          prisma.alert.count(pending),
          prisma.digest.count(pending),
          prisma.farewell.count(pending),
        ])
        return left.every((count) => count === 0)
      }),
    mails: () => mailsOf(sink),
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.close(), receiver[Symbol.asyncDispose]()])
      await database.close()
    },
  }
}

async function nameMonitors({ prisma }: Database, monitors: readonly Watched[]): Promise<void> {
  for (const [index, { monitorId: id }] of monitors.entries()) {
    await prisma.monitor.update({ where: { id }, data: { name: `monitor-${index}` } })
  }
}

/** How many alerts are told one by one, and how many in each digest, oldest first. */
async function portionsOf({ prisma }: Database, channel: AlertChannel) {
  const alerts = await prisma.alert.findMany({ where: { channel }, include: { digest: true } })
  const byPosition = Map.groupBy(alerts, ({ digest }) => Number(digest?.position ?? 0))
  const portions = [...byPosition].toSorted(([one], [other]) => one - other)
  return Object.fromEntries(
    portions.map(([position, told], index) => [position === 0 ? 'singles' : index, told.length]),
  )
}

async function dueInSeconds(sql: Sql): Promise<number[]> {
  const { rows } = await sql.query<{ seconds: number }>(
    'SELECT round(extract(epoch FROM next_attempt_at - created_at))::int AS seconds FROM digests ORDER BY position',
  )
  return rows.map(({ seconds }) => seconds)
}

/** As if everything so far had happened so long ago. What is being sent loses its lease. */
function letPass(sql: Sql, minutes: number): Promise<void> {
  return moveEarlier(sql, minutes, {
    alerts: ['created_at', 'released_at'],
    digests: ['created_at', 'next_attempt_at', 'sent_at'],
    farewells: ['created_at', 'review_at', 'released_at', 'next_attempt_at', 'sent_at'],
    told_messages: ['at'],
    delivery_attempts: ['at'],
  })
}

/** Lines of a mail may be broken anywhere. */
function mailsOf({ mails }: SmtpSink) {
  return mails.map(({ raw }) => {
    const text = String(raw).replaceAll(/=\r\n/g, '')
    const subject = /^subject: (.*)$/im.exec(text)?.[1]?.trim()
    return { subject, text, names: [...new Set(text.match(/monitor-\d+/g))] }
  })
}
