import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { addMonitors, makeWorkspace, type Watched } from '../../../test/monitors.ts'
import { turn } from '../../../test/telling.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { takeNext } from './deeds.ts'
import { claimEvidence, settleEvidence } from './store.ts'

const RUNNING = new AbortController().signal
const LEASE_ENDS = `UPDATE evidence SET due_at = now() - interval '1 s' WHERE due_at IS NOT NULL`

let database: TestDatabase
let deps: Deps

beforeEach(async () => {
  database = await openTestDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  deps = testDeps(database)
})

describe('who takes it', () => {
  test('is one of two who ask at once', async () => {
    await goDown(...(await watch(2)))
    const claimed = await Promise.all([claimEvidence(database.pool), claimEvidence(database.pool)])
    expect(new Set(claimed.map((one) => one?.incidentId)).size).toBe(2)
    expect(await claimEvidence(database.pool)).toBeNull()
  })

  test('is somebody else when a process has died, and nobody after the third', async () => {
    const [monitor] = await watch(1)
    await goDown(monitor!)
    for (const attempts of [1, 2, 3]) {
      expect(await claimEvidence(database.pool)).toMatchObject({ attempts })
      await database.pool.query(LEASE_ENDS)
    }
    await takeNext(deps, RUNNING)
    const [row] = await problemsOf(monitor!.workspaceId)
    expect(row?.problem).toContain('in 3 attempts')
  })

  test('settles nothing once somebody else has it', async () => {
    await goDown(...(await watch(1)))
    const first = await claimEvidence(database.pool)
    await database.pool.query(LEASE_ENDS)
    const second = await claimEvidence(database.pool)
    const settle = (claimed: typeof first) =>
      inTransaction(database, (tx) =>
        settleEvidence(tx, claimed!, { response: null, picture: null, problem: 'none' }),
      )
    expect(await settle(first)).toBe(false)
    expect(await settle(second)).toBe(true)
    expect(await settle(second)).toBe(false)
  })

  test('gives it back when it stops', async () => {
    const [monitor] = await watch(1)
    await goDown(monitor!)
    await turn(database, { ...monitor!, from: 'DOWN', to: 'UP', at: Date.now() })
    await takeNext(deps, AbortSignal.abort())
    const again = await eventually('it is due', () => claimEvidence(database.pool))
    expect(again.attempts).toBe(1)
  })
})

describe('a storm', () => {
  test('has the first ten of each workspace looked at, and the others say so', async () => {
    const [loud, quiet] = [await makeWorkspace(database), await makeWorkspace(database)]
    await goDown(...(await watch(7, loud)))
    await goDown(...(await watch(20, loud)), ...(await watch(2, quiet)))
    const problem = 'More than 10 incidents opened within a minute'
    expect(await problemsOf(loud)).toEqual([
      { problem: null, count: 10 },
      { problem, count: 17 },
    ])
    expect(await problemsOf(quiet)).toEqual([{ problem: null, count: 2 }])
  })

  test('leaves a hundred waiting at most', async () => {
    const workspaces = await Promise.all(Array.from({ length: 12 }, () => makeWorkspace(database)))
    const monitors = await Promise.all(workspaces.map((workspaceId) => watch(10, workspaceId)))
    await goDown(...monitors.flat())
    const rows = (await Promise.all(workspaces.map(problemsOf))).flat()
    const sum = (problem: string | null) =>
      rows.filter((one) => one.problem === problem).reduce((all, { count }) => all + count, 0)
    expect([sum(null), sum('Too many others were waiting for theirs')]).toEqual([100, 20])
  })
})

test('it is wanted of what is HTTP and DOWN, and of nothing else', async () => {
  const [tcp, slow] = await watch(2)
  await database.pool.query(`UPDATE monitors SET kind = 'TCP' WHERE id = $1`, [tcp!.monitorId])
  await goDown(tcp!)
  await turn(database, { ...slow!, from: 'UP', to: 'DEGRADED', at: Date.now() })
  expect(await claimEvidence(database.pool)).toBeNull()
})

async function watch(count: number, workspaceId?: string): Promise<Watched[]> {
  return addMonitors(database, {
    workspaceId: workspaceId ?? (await makeWorkspace(database)),
    count,
  })
}

function goDown(...monitors: Watched[]): Promise<string[]> {
  const at = Date.now()
  return turn(database, ...monitors.map((one) => ({ ...one, from: 'UP', to: 'DOWN', at }) as const))
}

async function problemsOf(
  workspaceId: string,
): Promise<{ problem: string | null; count: number }[]> {
  const { rows } = await database.pool.query(
    `SELECT problem, count(*)::int FROM evidence WHERE workspace_id = $1
     GROUP BY problem ORDER BY count(*)`,
    [workspaceId],
  )
  return rows
}
