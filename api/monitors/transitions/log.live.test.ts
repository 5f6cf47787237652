import { pino } from 'pino'
import { expect, it } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { watch } from '../../../test/monitors.ts'
import { report } from '../../../test/reports.ts'
import { createMonitor, pauseMonitor } from '../deeds.ts'

it('has a line for each change of status, and none for a check that changes nothing', async () => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => lines.push(line) })
  await using database = await openTestDatabase()
  const deps = testDeps({ ...database, log })
  const owner = await watch(database, { members: ['ada@example.com'], count: 0 })
  const { workspaceId } = owner
  const input = {
    name: 'Shop',
    kind: 'HTTP',
    target: 'https://shop.example/',
    failureThreshold: 2,
  } as const
  const id = await createMonitor(deps, { workspaceId, userId: owner.userIds[0]! }, input)
  await report(deps, id, [{ outcome: 'UP' }, { outcome: 'UP' }, { outcome: 'DOWN' }])
  await report(deps, id, [{ outcome: 'DOWN' }, { outcome: 'DOWN' }], { fromMs: Date.now() + 4_000 })
  await pauseMonitor(deps, { workspaceId }, id)
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(told).toMatchObject([
    { msg: 'status changed', monitorId: id, from: 'PENDING', to: 'UP', at: expect.any(String) },
    { from: 'UP', to: 'DOWN', reason: expect.stringContaining('2 consecutive failures') },
    { from: 'DOWN', to: 'PAUSED', reason: 'paused by a person' },
  ])
})
