import type { ChannelInput } from '../api/alerts/channels/channel.ts'
import { digestLanes } from '../api/alerts/digests/jobs.ts'
import { alertLanes } from '../api/alerts/jobs.ts'
import { startDispatcher } from '../api/outbox/jobs.ts'
import { claimDue } from '../api/outbox/store.ts'
import type { AlertChannel } from '../generated/prisma/enums.ts'
import { addChannel } from './channels.ts'
import { openTestDatabase } from './database.ts'
import { testDeps } from './deps.ts'
import { eventually } from './eventually.ts'
import { watch, type Watched } from './monitors.ts'
import { startReceiver } from './receivers/receiver.ts'
import { startSmtpSink } from './smtp-sink.ts'
import { turn } from './telling.ts'

export const ADA = 'ada@example.com'
const startedAt = Date.UTC(2026, 10, 20, 3)

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
  for (const [index, { monitorId: id }] of monitors.entries()) {
    await prisma.monitor.update({ where: { id }, data: { name: `monitor-${index}` } })
  }
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
    /** How many alerts are told one by one, and how many in each digest, oldest first. */
    async portions(channel: AlertChannel = 'EMAIL') {
      const alerts = await prisma.alert.findMany({ where: { channel } })
      const byDigest = Map.groupBy(alerts, ({ digestId }) => digestId ?? '')
      const keys = [...byDigest.keys()].toSorted()
      return Object.fromEntries(
        keys.map((key, index) => [key === '' ? 'singles' : index, byDigest.get(key)!.length]),
      )
    },
    digests: () => prisma.digest.findMany({ orderBy: { id: 'asc' }, include: { log: true } }),
    dueInSeconds: async () => {
      const { rows } = await pool.query<{ seconds: number }>(
        'SELECT round(extract(epoch FROM next_attempt_at - created_at))::int AS seconds FROM digests ORDER BY id',
      )
      return rows.map(({ seconds }) => seconds)
    },
    /** As if everything so far had happened so long ago. */
    async letPass(minutes: number) {
      const values = [minutes]
      await pool.query(
        `UPDATE alerts SET created_at = created_at - $1 * interval '1 min',
           released_at = released_at - $1 * interval '1 min'`,
        values,
      )
      await pool.query(`UPDATE delivery_attempts SET at = at - $1 * interval '1 min'`, values)
      await pool.query(
        `UPDATE digests SET created_at = created_at - $1 * interval '1 min',
           next_attempt_at = next_attempt_at - $1 * interval '1 min',
           sent_at = sent_at - $1 * interval '1 min'`,
        values,
      )
    },
    claimDigests: () =>
      claimDue(
        pool,
        { table: 'digests', channel: 'EMAIL' },
        { most: 10, perReceiver: 10, perWorkspace: 10, held: [] },
      ),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    settled: () =>
      eventually('all is settled', async () => {
        const pending = { where: { status: 'PENDING' } } as const
        return (await prisma.alert.count(pending)) + (await prisma.digest.count(pending)) === 0
      }),
    mails: () =>
      sink.mails.map(({ raw }) => {
        const text = String(raw).replaceAll(/=\r\n/g, '')
        const subject = /^subject: (.*)$/im.exec(text)?.[1]?.trim()
        return { subject, text, names: [...new Set(text.match(/monitor-\d+/g))] }
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.close(), receiver[Symbol.asyncDispose]()])
      await database.close()
    },
  }
}

export type StormStage = Awaited<ReturnType<typeof openStormStage>>
