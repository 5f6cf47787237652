import { describe, expect, it } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { takeBack, turn, turnWithin } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import type { Status } from '../../monitors/timeline.ts'
import { inTransaction } from '../../platform/database.ts'
import { tellSomebodyElse } from '../deeds.ts'

const ADA = 'ada@example.com'
const startedAt = Date.UTC(2026, 10, 20, 3)

/** A monitor of which Kim hears, and in her stead Ada. */
async function openStage() {
  const database = await openTestDatabase()
  const deps = testDeps(database)
  const audience = { members: [ADA], alertEmail: 'kim@example.com' }
  const { workspaceId, monitors, userIds } = await watch(database, audience)
  const principal = { workspaceId, userId: userIds[0] } as Principal
  const begin = (to: Status) =>
    ({ ...(monitors[0] as Watched), from: 'UP', to, at: startedAt }) as const
  const end = (from: Status, to: Status) =>
    ({ ...(monitors[0] as Watched), from, to, at: startedAt + 60_000 }) as const
  return {
    database,
    begin,
    end,
    turn: (turning: Parameters<typeof turn>[1]) => turn(database, turning),
    takeBack: (transitionId: string) => takeBack(database, begin('DOWN'), transitionId),
    async close() {
      const { id } = await database.prisma.incident.findFirstOrThrow()
      await resolveIncident(deps, principal, id)
    },
    /** What Kim, or whoever it is, was to be told first is given up. */
    async fail(where = { recipient: 'kim@example.com' }) {
      const first = { where, orderBy: { position: 'asc' } } as const
      const { id } = await database.prisma.alert.findFirstOrThrow(first)
      await inTransaction(database, async (tx) => {
        await tx.query(`UPDATE alerts SET status = 'FAILED', error = 'no' WHERE id = $1`, [id])
        await tellSomebodyElse(deps, tx, [id])
      })
    },
    /** In order. */
    toldTo: async (recipient: string) => {
      const told = { where: { recipient }, orderBy: { position: 'asc' } } as const
      const alerts = await database.prisma.alert.findMany(told)
      return alerts.map(({ type, transitionId }) => ({ type, transitionId }))
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

const typesOf = (alerts: { type: string }[]) => alerts.map(({ type }) => type)

describe.concurrent('a beginning that is given up once it is over', () => {
  it.each<[string, Status, (stage: Stage) => Promise<unknown>, string[]]>([
    ['is up', 'DOWN', (stage) => stage.turn(stage.end('DOWN', 'UP')), ['DOWN', 'UP']],
    [
      'is up, but slow',
      'DOWN',
      (stage) => stage.turn(stage.end('DOWN', 'DEGRADED')),
      ['DOWN', 'UP'],
    ],
    ['is fast', 'DEGRADED', (stage) => stage.turn(stage.end('DEGRADED', 'UP')), ['SLOW', 'NORMAL']],
    ['is paused', 'DOWN', (stage) => stage.turn(stage.end('DOWN', 'PAUSED')), ['DOWN', 'RESOLVED']],
    ['was closed by hand', 'DOWN', (stage) => stage.close(), ['DOWN', 'RESOLVED']],
  ])('is told to the next, and that the monitor %s', async (_, status, goOn, told) => {
    await using stage = await openStage()
    await stage.turn(stage.begin(status))
    await goOn(stage)
    const toKim = await stage.toldTo('kim@example.com')
    await stage.fail()
    const toAda = await stage.toldTo(ADA)
    expect(typesOf(toAda)).toEqual(told)
    expect(toAda).toEqual(toKim.filter(({ type }) => told.includes(type)))
  })

  it('is told to nobody where it never was', async () => {
    await using stage = await openStage()
    const [transitionId] = await stage.turn(stage.begin('DOWN'))
    await stage.takeBack(transitionId!)
    await stage.fail()
    expect(await stage.toldTo(ADA)).toEqual([])
  })

  it('is told with its end to whoever had heard that alone', async () => {
    await using stage = await openStage()
    const { prisma, pool } = stage.database
    await stage.turn(stage.begin('DOWN'))
    await stage.turn(stage.end('DOWN', 'UP'))
    await pool.query(`UPDATE alerts SET status = CASE type WHEN 'UP' THEN 'SENT' ELSE 'FAILED' END::delivery_status,
      sent_at = CASE type WHEN 'UP' THEN now() END`)
    await pool.query(`
      INSERT INTO alerts (workspace_id, monitor_id, incident_id, transition_id, type, round, channel, channel_id, recipient)
      SELECT workspace_id, monitor_id, incident_id, transition_id, type, 1, 'PAGERDUTY', uuidv7(), 'On call'
      FROM alerts WHERE type = 'DOWN'`)
    await stage.fail({ recipient: 'On call' })
    const where = { recipient: 'kim@example.com' }
    const told = await prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
    expect(told.map(({ type, round }) => `${type} ${round}`)).toEqual([
      'DOWN 0',
      'UP 0',
      'DOWN 1',
      'UP 1',
    ])
  })

  it('is told with its end where that is decided meanwhile', async () => {
    await using stage = await openStage()
    await stage.turn(stage.begin('DOWN'))
    const { failing } = await inTransaction(stage.database, async (ending) => {
      await turnWithin(ending, stage.end('DOWN', 'UP'))
      const failing = stage.fail()
      await untilSomebodyWaits(stage.database)
      return { failing }
    })
    await failing
    expect(typesOf(await stage.toldTo(ADA))).toEqual(['DOWN', 'UP'])
  })
})
