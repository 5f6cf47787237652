import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { turn, turnWithin } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import { deleteMaintenanceWindow } from '../../maintenance/deeds.ts'
import type { Status } from '../../monitors/timeline.ts'
import { inTransaction } from '../../platform/database.ts'
import { updateContact } from '../contacts/deeds.ts'
import { lockPending } from '../farewells/store.ts'
import { readNotice } from '../store.ts'
import { reviewWithheld } from './deeds.ts'
import { latenessInWords } from './lateness.ts'

/** Two monitors of Ada's, of which the second may depend on the first. */
async function openStage() {
  const database = await openTestDatabase()
  const { pool } = database
  const deps = testDeps(database)
  const { workspaceId, monitors } = await watch(database, {
    members: ['ada@example.com'],
    count: 2,
  })
  const [parent, child] = monitors as [Watched, Watched]
  let second = 0
  const turning = (monitor: Watched, from: Status, to: Status) => {
    second += 1
    const at = Date.now() - 3_600_000 + second * 1_000
    return { ...monitor, from, to, at }
  }
  const move = (...whatever: Parameters<typeof turning>) => turn(database, turning(...whatever))
  return {
    database,
    deps,
    workspaceId,
    parent,
    child,
    turning,
    goDown: (monitor: Watched) => move(monitor, 'UP', 'DOWN'),
    comeUp: (monitor: Watched) => move(monitor, 'DOWN', 'UP'),
    goSlow: (monitor: Watched) => move(monitor, 'UP', 'DEGRADED'),
    comeBack: (monitor: Watched) => move(monitor, 'DEGRADED', 'UP'),
    /** Work on all monitors, from a minute ago on. */
    maintain: (minutes: number) =>
      pool.query(
        `WITH w AS (
           INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
           VALUES ($1, 'Work', 'UTC', '2026-11-20T02:00', 60, true) RETURNING id
         )
         INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at)
         SELECT id, $1, now() - interval '1 minute', now() + $2 * interval '1 minute' FROM w`,
        [workspaceId, minutes],
      ),
    endMaintenance: () =>
      pool.query(`UPDATE maintenance_spans SET ends_at = now() - interval '1 s'`),
    async endByHand() {
      const { id } = await database.prisma.maintenanceWindow.findFirstOrThrow()
      await deleteMaintenanceWindow(deps, { workspaceId }, { id, keepsPast: true })
    },
    depend: () =>
      pool.query(
        'INSERT INTO monitor_dependencies (monitor_id, parent_id, workspace_id) VALUES ($1, $2, $3)',
        [child.monitorId, parent.monitorId, workspaceId],
      ),
    setStatus: ({ monitorId }: Watched, status: Status) =>
      pool.query('UPDATE monitors SET status = $2 WHERE id = $1', [monitorId, status]),
    /** As if the instant of the next look had come. */
    async review() {
      await pool.query(
        `UPDATE alerts SET review_at = now() - interval '1 s' WHERE review_at IS NOT NULL`,
      )
      await reviewWithheld(deps)
    },
    /** So long at once. */
    async letPass(duration: string) {
      await pool.query('UPDATE alerts SET review_at = review_at - $1::interval', [duration])
      await reviewWithheld(deps)
    },
    told: async (of = child) => {
      const where = { monitorId: of.monitorId }
      const alerts = await database.prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
      return alerts.map(({ type, status, withheldReason }) =>
        [type, status, withheldReason].filter(Boolean).join(' '),
      )
    },
    /** What the message says of it. */
    async lateness({ monitorId }: Watched) {
      const { id } = await database.prisma.alert.findFirstOrThrow({ where: { monitorId } })
      const lateness = (await readNotice(pool, id))?.lateness
      return lateness ? latenessInWords(lateness) : null
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

describe.concurrent('in maintenance', () => {
  it('keeps back a failure that ends within it, and its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.comeUp(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
  })

  it('tells a failure that outlives it when it ends, with why it was late, and then its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
    await stage.comeUp(stage.child)
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE', 'UP PENDING'])
  })

  it('says in its message and in the timeline how late it is, and nothing where it is on time', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.parent)
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.database.pool.query(
      `UPDATE alerts SET created_at = created_at - interval '42 min' WHERE status = 'WITHHELD'`,
    )
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.lateness(stage.parent)).toBeNull()
    expect(await stage.lateness(stage.child)).toMatch(
      /^withheld for 42 min.*: it was being worked on$/,
    )
    const entries = await stage.database.prisma.incidentEntry.findMany({
      where: { kind: 'RELEASED' },
    })
    expect(entries.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^Told now, withheld for 42 min.*: it was being .*To: ada@example.com.$/,
      ),
    ])
  })

  it('is looked at when it ends, and not before', async () => {
    await using stage = await openStage()
    await stage.maintain(0.9)
    await stage.goDown(stage.child)
    expect(await reviewWithheld(stage.deps)).toBe(true)
    const { rows } = await stage.database.pool.query(
      'SELECT a.review_at = s.ends_at AS "isAtTheEnd" FROM alerts a, maintenance_spans s',
    )
    expect(rows).toEqual([{ isAtTheEnd: true }])
  })

  it('tells it within a minute where somebody ends it while that is decided', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await inTransaction(stage.database, async (deciding) => {
      await turnWithin(deciding, stage.turning(stage.child, 'UP', 'DOWN'))
      await stage.endByHand()
    })
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.letPass('1 minute')
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('ends by hand without waiting for who deletes a monitor, who may wait for its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await inTransaction(stage.database, async (deleting) => {
      await lockPending(deleting, { ...stage.child, id: stage.child.monitorId })
      await stage.endByHand()
    })
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.letPass('1 minute')
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('tells that it is over what was told before', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.child)
    await stage.maintain(10)
    await stage.comeUp(stage.child)
    expect(await stage.told()).toEqual(['DOWN PENDING', 'UP PENDING'])
  })

  it('holds for the monitors of the window only', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.database.pool.query('UPDATE maintenance_windows SET is_for_all = false')
    await stage.database.pool.query(
      'INSERT INTO maintained_monitors (window_id, monitor_id) SELECT id, $1 FROM maintenance_windows',
      [stage.parent.monitorId],
    )
    await stage.goDown(stage.parent)
    await stage.goDown(stage.child)
    expect(await stage.told(stage.parent)).toEqual(['DOWN WITHHELD MAINTENANCE'])
    expect(await stage.told()).toEqual(['DOWN PENDING'])
  })
})

describe.concurrent('under a parent that is down', () => {
  it('keeps the child back, and tells of it if it is still down a minute after the parent', async () => {
    await using stage = await openStage()
    await stage.depend()
    await stage.goDown(stage.parent)
    await stage.setStatus(stage.parent, 'DOWN')
    await stage.goDown(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await stage.told(stage.parent)).toEqual(['DOWN PENDING'])
    await stage.setStatus(stage.parent, 'UP')
    await stage.comeUp(stage.parent)
    await upSince(stage, 30)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    await upSince(stage, 61)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN PENDING DEPENDENCY'])
  })

  it.each([
    ['is set aside', 'quarantined_at = now()'],
    ['was last seen an hour ago', `status_since = now() - interval '61 min'`],
  ])('tells of a child whose parent %s', async (_how, change) => {
    await using stage = await openStage()
    const reviewAfter = async (set: string) => {
      const { monitorId } = stage.parent
      await stage.database.pool.query(`UPDATE monitors SET ${set} WHERE id = $1`, [monitorId])
      await stage.review()
      return stage.told()
    }
    await stage.depend()
    await stage.goDown(stage.parent)
    await stage.setStatus(stage.parent, 'UNKNOWN')
    await stage.goDown(stage.child)
    const unseen = `status_since = now() - interval '59 min'`
    expect(await reviewAfter(unseen)).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await reviewAfter(change)).toEqual(['DOWN PENDING DEPENDENCY'])
  })

  it('tells nothing of a child that comes up with it', async () => {
    await using stage = await openStage()
    await stage.depend()
    await stage.setStatus(stage.parent, 'DOWN')
    await stage.goDown(stage.child)
    await stage.setStatus(stage.parent, 'UP')
    await stage.comeUp(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
  })
})

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

it('lets each alert go once, whoever looks', async () => {
  await using stage = await openStage()
  await stage.maintain(10)
  for (const monitor of [stage.parent, stage.child]) await stage.goDown(monitor)
  await stage.endMaintenance()
  await stage.database.pool.query(`UPDATE alerts SET review_at = now() - interval '1 s'`)
  await Promise.all(Array.from({ length: 4 }, () => reviewWithheld(stage.deps)))
  expect([...(await stage.told()), ...(await stage.told(stage.parent))]).toEqual([
    'DOWN PENDING MAINTENANCE',
    'DOWN PENDING MAINTENANCE',
  ])
})

it('is left alone while its incident ends: its end would be withheld, and it told', async () => {
  await using stage = await openStage()
  await stage.maintain(10)
  await stage.goDown(stage.child)
  await stage.endMaintenance()
  await inTransaction(stage.database, async (tx) => {
    await tx.query('SELECT FROM incidents FOR UPDATE')
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
  })
  await stage.review()
  expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
})

type Stage = Awaited<ReturnType<typeof openStage>>

/** The parent came up so many seconds ago. */
async function upSince({ database, parent }: Stage, seconds: number): Promise<void> {
  await database.pool.query(
    `UPDATE incidents SET resolved_at = now() - $2 * interval '1 s' WHERE monitor_id = $1`,
    [parent.monitorId, seconds],
  )
}
