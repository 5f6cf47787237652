import { expect, it } from 'vitest'
import type { AlertType, IncidentKind } from '../../../generated/prisma/enums.ts'
import { ADA, openStormStage, type StormStage } from '../../../test/storm-stage.ts'
import { reviewWithheld } from './deeds.ts'

it('waits for what goes out already, and nothing of that for it', async () => {
  await using stage = await openStormStage({ count: 6 })
  const { pool, prisma } = stage.database
  await stage.goDown()
  expect(await stage.portions()).toEqual({ singles: 5, 1: 1 })
  await pool.query('UPDATE digests SET attempts = 1, fence = 1')
  await stage.letPass(2)
  const slow = await withhold(stage, { kind: 'LATENCY', type: 'SLOW', position: -2n })
  const expiring = await withhold(stage, {
    kind: 'CERTIFICATE',
    type: 'CERTIFICATE_EXPIRY',
    position: -1n,
  })
  await letGo(stage, expiring)
  await stage.comeUp(stage.monitors.slice(0, 5))
  await letGo(stage, slow)
  expect(await stage.portions()).toEqual({ singles: 10, 1: 1, 2: 2 })
  await stage.letPass(10)
  await using _ = stage.dispatch()
  await stage.settled()
  expect(await prisma.alert.count({ where: { status: 'SENT' } })).toBe(13)
})

type Written = { kind: IncidentKind; type: AlertType; position: bigint }

/** That there was something else to tell of the last monitor, which was written at this position. */
async function withhold(
  { database, monitors }: StormStage,
  { kind, ...written }: Written,
): Promise<string> {
  const place = monitors.at(-1)!
  const { alerts } = await database.prisma.incident.create({
    data: {
      ...place,
      kind,
      startedAt: new Date(),
      cause: 'Told later',
      alerts: {
        create: {
          ...place,
          ...written,
          channel: 'EMAIL',
          recipient: ADA,
          status: 'WITHHELD',
          withheldReason: 'MAINTENANCE',
        },
      },
    },
    include: { alerts: true },
  })
  return alerts[0]!.id
}

async function letGo({ database, deps }: StormStage, alertId: string): Promise<void> {
  await database.pool.query('UPDATE alerts SET review_at = now() WHERE id = $1', [alertId])
  await reviewWithheld(deps)
}
