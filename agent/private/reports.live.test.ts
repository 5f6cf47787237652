import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importSecret } from '../../core/signature.ts'
import { eventually } from '../../test/eventually.ts'
import { startHttpTarget } from '../testing/target.ts'
import { createServerClock } from './clock.ts'
import { createLog } from './log.ts'
import type { Reporter } from './report.ts'
import { startReports } from './reports.ts'
import { openSpool } from './spool.ts'

test('at a stop nothing is asked of a Pharos that does not answer, where nothing waits', async () => {
  await using pharos = await startHttpTarget(() => {})
  const folder = await mkdtemp(join(tmpdir(), 'pharos-reports-'))
  const reports = startReports(await reporterTo(pharos.url, folder))
  await eventually('it asks', () => pharos.accepted() === 1)
  await reports.stop()
  expect(pharos.accepted()).toBe(1)
  await rm(folder, { recursive: true })
})

async function reporterTo(url: string, folder: string): Promise<Reporter> {
  const secret = await importSecret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`)
  return {
    key: { syncUrl: new URL(`${url}/probe/sync`), probeId: crypto.randomUUID(), secret },
    clock: createServerClock(),
    spool: openSpool({ folder, onLoss: () => {} }),
    log: createLog('silent'),
    capabilities: [],
    health: { unhealthySince: () => null, look: async () => {} },
    isAway: false,
    version: null,
    take: () => {},
  }
}
