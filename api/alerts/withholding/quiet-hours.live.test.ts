import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../test/channels.ts'
import { turnWithin } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import { inTransaction } from '../../platform/database.ts'
import { updateContact } from '../contacts/deeds.ts'
import { reviewWithheld } from './deeds.ts'
import { openStage } from './testing/stage.ts'

describe.concurrent('in quiet hours', () => {
  /** Ada sleeps all day, but for a minute. */
  async function openQuietStage() {
    const stage = await openStage()
    const minute = new Date().getUTCHours() * 60 + new Date().getUTCMinutes()
    const quiet = { from: (minute + 1_430) % 1_440, to: (minute + 1_420) % 1_440 }
    const contactId = await addContact(stage.deps, stage.workspaceId, {
      email: 'ada@example.com',
      quiet,
    })
    await addChannel(stage.deps, stage.workspaceId, { email: { contactId } })
    /** She sleeps when she was awake, and the other way round. */
    const turnDay = () =>
      stage.database.pool.query('UPDATE contacts SET quiet_from = quiet_to, quiet_to = quiet_from')
    const endQuiet = () => {
      const principal = { workspaceId: stage.workspaceId } as Principal
      return updateContact(stage.deps, principal, { id: contactId, quietHours: null })
    }
    return { ...stage, turnDay, endQuiet }
  }

  it('tells only DOWN and its end at once', async () => {
    await using stage = await openQuietStage()
    await stage.goDown(stage.child)
    await stage.comeUp(stage.child)
    await stage.goSlow(stage.parent)
    expect(await stage.told()).toEqual(['DOWN PENDING', 'UP PENDING'])
    expect(await stage.told(stage.parent)).toEqual(['SLOW WITHHELD QUIET_HOURS'])
  })

  it('tells what somebody resolves at once only if it is DOWN, and the rest when they are over', async () => {
    await using stage = await openQuietStage()
    const { database, deps, workspaceId } = stage
    await stage.turnDay()
    await stage.goDown(stage.parent)
    await stage.goSlow(stage.child)
    await stage.turnDay()
    const userId = (await database.prisma.user.findFirstOrThrow()).id
    for (const { id } of await database.prisma.incident.findMany()) {
      await resolveIncident(deps, { workspaceId, userId } as Principal, id)
    }
    expect(await stage.told(stage.parent)).toEqual(['DOWN PENDING', 'RESOLVED PENDING'])
    expect(await stage.told()).toEqual(['SLOW PENDING', 'RESOLVED WITHHELD QUIET_HOURS'])
    await stage.review()
    expect(await stage.told()).toEqual(['SLOW PENDING', 'RESOLVED WITHHELD QUIET_HOURS'])
    await stage.turnDay()
    await stage.review()
    expect(await stage.told()).toEqual(['SLOW PENDING', 'RESOLVED PENDING QUIET_HOURS'])
  })

  it('tells it at once where they are ended by hand', async () => {
    await using stage = await openQuietStage()
    await stage.goSlow(stage.child)
    await stage.endQuiet()
    await reviewWithheld(stage.deps)
    expect(await stage.told()).toEqual(['SLOW PENDING QUIET_HOURS'])
  })

  it('tells it within a minute where they are ended while that is decided', async () => {
    await using stage = await openQuietStage()
    await inTransaction(stage.database, async (deciding) => {
      await turnWithin(deciding, stage.turning(stage.child, 'UP', 'DEGRADED'))
      await stage.endQuiet()
    })
    expect(await stage.told()).toEqual(['SLOW WITHHELD QUIET_HOURS'])
    await stage.letPass('1 minute')
    expect(await stage.told()).toEqual(['SLOW PENDING QUIET_HOURS'])
  })

  it('tells what is still slow when they are over, and not what was', async () => {
    await using stage = await openQuietStage()
    await stage.goSlow(stage.child)
    await stage.goSlow(stage.parent)
    await stage.comeBack(stage.parent)
    await stage.database.pool.query('UPDATE contacts SET quiet_from = NULL, quiet_to = NULL')
    await stage.review()
    expect(await stage.told()).toEqual(['SLOW PENDING QUIET_HOURS'])
    expect(await stage.told(stage.parent)).toEqual([
      'SLOW WITHHELD OVER',
      'NORMAL WITHHELD NOT_TOLD',
    ])
  })
})
