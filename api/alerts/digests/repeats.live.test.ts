import { expect, it } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { openStormStage } from '../../../test/storm-stage.ts'

const SINGLES = 5

it('says the same in every message of a long digest, whatever becomes of its monitors between two attempts', async () => {
  await using stage = await openStormStage({ count: 150 })
  const { prisma, pool } = stage.database
  const { received } = stage.receiver
  await stage.addNtfy()
  await stage.goDown()
  const where = { channel: 'NTFY' } as const
  {
    await using _ = stage.dispatch()
    await eventually('those before it are told', () => received.length === SINGLES)
    stage.receiver.next({ status: 200 }, { status: 503, body: 'busy' })
    await stage.letPass(1)
    await eventually(
      'it is broken off',
      async () => (await prisma.digest.findFirst({ where }))?.error,
    )
  }

  await pool.query(`UPDATE monitors SET name = 'renamed to something much longer ' || name`)
  await prisma.monitor.delete({ where: { id: stage.monitors[149]!.monitorId } })
  await stage.letPass(1)
  await using _ = stage.dispatch()
  await stage.settled()

  const [first, broken, second, ...others] = received.slice(SINGLES).map(({ body }) => body)
  expect(second).toBe(broken)
  const names = [first, second, ...others].flatMap((body) => body?.match(/monitor-\d+/g) ?? [])
  const left = stage.monitors.map((_monitor, index) => `monitor-${index}`).slice(SINGLES)
  expect(names).toEqual(left)
  expect(await prisma.digest.findFirst({ where })).toMatchObject({ attempts: 2, content: null })
})
