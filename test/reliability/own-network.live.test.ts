import { describe, expect, test } from 'vitest'
import { startTcpTarget } from '../../agent/testing/target.ts'
import { eventually } from '../eventually.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { nudge } from '../rig/leases.ts'
import { pickPort } from '../rig/ports.ts'
import { openStage, type Stage } from '../rig/stage.ts'

const CROWD = 50
const MINUTE_MS = 60_000

describe.concurrent('when no target answers any more', () => {
  test(
    'and no reference target does, it is our own network: no incident, one notice',
    async () => {
      await using stage = await openStage()
      const references = await startTcpTarget(() => {}, { port: await pickPort() })
      await using crowd = await checkedCrowd(stage, references.port)
      await references[Symbol.asyncDispose]()
      stage.target.become('hang')
      await everybodyTurns(stage, 'UNKNOWN')
      const [notice, ...others] = await noticesOf(stage)
      expect(others).toEqual([])
      expect(notice).toMatchObject({ kind: 'REGION_UNHEALTHY', region: 'local', isOpen: true })
      await eventually('the operator was told', () => stage.sink.mails.length === 1)

      await using _back = await startTcpTarget(() => {}, { port: references.port })
      stage.target.become('up')
      await everybodyTurns(stage, 'UP')
      await eventually(
        'the notice is over',
        async () => (await noticesOf(stage))[0]?.isOpen === false,
      )
      expect(await countOf(stage, 'incidents')).toBe(0)
      expect(await countOf(stage, 'notices')).toBe(1)
      expect(await crowd.stop()).toMatchObject({ code: 0 })
    },
    3 * MINUTE_MS,
  )

  test(
    'but a reference target does, it is a real outage: every monitor has its incident',
    async () => {
      await using stage = await openStage()
      await using references = await startTcpTarget(() => {})
      await using _crowd = await checkedCrowd(stage, references.port)
      stage.target.become('hang')
      await everybodyTurns(stage, 'DOWN')
      expect(await countOf(stage, 'incidents')).toBe(CROWD)
      expect(await countOf(stage, 'notices')).toBe(0)
    },
    3 * MINUTE_MS,
  )
})

/** A server and its monitors, all of them UP. */
async function checkedCrowd(stage: Stage, referencePort: number) {
  const variables = { REFERENCE_TARGETS: `127.0.0.1:${referencePort}` }
  const server = await stage.start({ variables })
  await gatherCrowd(stage, server, { count: CROWD })
  await everybodyTurns(stage, 'UP')
  return { stop: server.stop, [Symbol.asyncDispose]: () => server.kill() }
}

/** Has everybody checked until all monitors have this status. */
async function everybodyTurns(stage: Stage, status: string): Promise<void> {
  const { pool } = stage.database
  await eventually(
    `everybody is ${status}`,
    async () => {
      await nudge(pool)
      const { rowCount } = await pool.query('SELECT FROM monitors WHERE status = $1', [status])
      return rowCount === CROWD
    },
    MINUTE_MS,
  )
}

async function noticesOf({ database }: Stage) {
  const { rows } = await database.pool.query<{ kind: string; region: string; isOpen: boolean }>(
    'SELECT kind, region, resolved_at IS NULL AS "isOpen" FROM notices',
  )
  return rows
}

async function countOf({ database }: Stage, table: 'incidents' | 'notices'): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table}`,
  )
  return rows[0]!.count
}
