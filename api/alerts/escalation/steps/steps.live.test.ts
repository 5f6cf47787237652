import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../../test/channels.ts'
import { openTestDatabase } from '../../../../test/database.ts'
import { testDeps } from '../../../../test/deps.ts'
import { watch, type Watched } from '../../../../test/monitors.ts'
import { takeBack, turn } from '../../../../test/telling.ts'
import type { Principal } from '../../../accounts/principal.ts'
import {
  acknowledgeIncident,
  resolveIncident,
  withdrawAcknowledgement,
} from '../../../incidents/deeds.ts'
import { lockForEdit } from '../../../monitors/store.ts'
import { inTransaction } from '../../../platform/database.ts'
import { readNotice } from '../../store.ts'
import { reviewWithheld } from '../../withholding/deeds.ts'
import { createEscalationPolicy, setEscalationPolicy } from '../deeds.ts'
import type { PolicyInput } from '../policy.ts'
import { takeDueSteps } from './deeds.ts'

const startedAt = Date.now() - 3_600_000

/** A monitor of Ada's, two channels that hear nothing by themselves, and a policy that calls them. */
async function openStage(policy: Partial<PolicyInput> = {}) {
  const database = await openTestDatabase()
  const { pool, prisma } = database
  const deps = testDeps(database)
  const { workspaceId, userIds, monitors } = await watch(database, { members: ['ada@example.com'] })
  const [monitor] = monitors as [Watched]
  const principal = { workspaceId, userId: userIds[0] } as Principal
  const channels = await Promise.all(
    ['first', 'second'].map((name) =>
      addChannel(deps, workspaceId, { name, webhook: { url: `https://${name}.example/` } }),
    ),
  )
  await pool.query('DELETE FROM alert_settings')
  const [first, second] = channels.map(({ id }) => id) as [string, string]
  const steps = [
    { afterMinutes: 5, channelIds: [first] },
    { afterMinutes: 10, channelIds: [first, second] },
  ]
  const policyId = await createEscalationPolicy(deps, principal, {
    name: 'Night',
    steps,
    ...policy,
  })
  await setEscalationPolicy(deps, principal, { monitorId: monitor.monitorId, policyId })
  const move = (from: 'UP' | 'DOWN', second: number) => {
    const to = from === 'UP' ? 'DOWN' : 'UP'
    return turn(database, { ...monitor, from, to, at: startedAt + second * 1_000 })
  }
  const incidentId = async () => (await prisma.incident.findFirstOrThrow()).id
  return {
    database,
    deps,
    monitor,
    first,
    policyId,
    goDown: (second = 0) => move('UP', second),
    comeUp: (second = 60) => move('DOWN', second),
    acknowledge: async () => acknowledgeIncident(deps, principal, await incidentId()),
    withdraw: async () => withdrawAcknowledgement(deps, principal, await incidentId()),
    resolve: async () => resolveIncident(deps, principal, await incidentId()),
    take: () => takeDueSteps(deps),
    /** As if everything so far had happened so long ago. */
    async letPass(minutes: number) {
      const values = [minutes]
      await pool.query(`UPDATE escalations SET due_at = due_at - $1 * interval '1 min'`, values)
      await pool.query(
        `UPDATE alerts SET created_at = created_at - $1 * interval '1 min',
           released_at = released_at - $1 * interval '1 min', review_at = review_at - $1 * interval '1 min'`,
        values,
      )
      await pool.query(
        `UPDATE incident_entries SET created_at = created_at - $1 * interval '1 min'`,
        values,
      )
      await pool.query(
        `UPDATE maintenance_spans SET starts_at = starts_at - $1 * interval '1 min',
           ends_at = ends_at - $1 * interval '1 min'`,
        values,
      )
      await pool.query(
        `UPDATE incidents SET acknowledgement_ends_at = acknowledgement_ends_at - $1 * interval '1 min'`,
        values,
      )
    },
    /** Work on everything, for an hour from now on. */
    work: () =>
      pool.query(
        `WITH w AS (
           INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
           VALUES ($1, 'Work', 'UTC', '2026-11-20T02:00', 60, true) RETURNING id
         )
         INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at)
         SELECT id, $1, now(), now() + interval '1 hour' FROM w`,
        [workspaceId],
      ),
    review: () => reviewWithheld(deps),
    /** What channels are told, in order; the mailbox, which hears everything, left out. */
    told: async () => {
      const where = { channel: 'WEBHOOK' } as const
      const alerts = await prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
      return alerts.map(({ type, recipient, round }) => `${type} ${recipient} ${round}`)
    },
    /** What the channels' last alert says. */
    async lastNotice() {
      const where = { channel: 'WEBHOOK' } as const
      const { id } = await prisma.alert.findFirstOrThrow({ where, orderBy: { position: 'desc' } })
      return readNotice(pool, id)
    },
    /** Has both steps call two channels of a contact at each of these addresses, the first one now. */
    async callMailboxes(addresses: string[]) {
      const channelIds: string[] = []
      for (const address of addresses) {
        const contactId = await addContact(deps, workspaceId, { email: address })
        for (const name of ['one', 'two']) {
          const email = { contactId }
          channelIds.push((await addChannel(deps, workspaceId, { name, email })).id)
        }
      }
      const called = [0, 10].map((afterMinutes) => ({ afterMinutes, channelIds }))
      await pool.query(
        `UPDATE escalations SET due_at = now() - interval '1 s', policy = jsonb_set(policy, '{steps}', $1)`,
        [JSON.stringify(called)],
      )
    },
    mailed: async () => {
      const where = { channel: 'EMAIL' } as const
      const alerts = await prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
      return alerts.map(({ recipient, round }) => `${recipient} ${round}`)
    },
    incident: () => prisma.incident.findFirstOrThrow({ include: { escalation: true } }),
    entries: async () =>
      (await prisma.incidentEntry.findMany({ orderBy: { id: 'asc' } })).map(
        ({ kind, text }) => `${kind} ${text}`,
      ),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

/** So many minutes go by, and what is due is taken. */
async function wait(stage: Stage, minutes: number): Promise<string[]> {
  await stage.letPass(minutes)
  await stage.take()
  return stage.told()
}

describe.concurrent('while nobody acknowledges', () => {
  it('tells one step after the other, each when it is due, and then no more', async () => {
    await using stage = await openStage()
    await stage.goDown()
    expect(await wait(stage, 4)).toEqual([])
    const afterFirst = ['DOWN first.example 1']
    expect(await wait(stage, 1)).toEqual(afterFirst)
    expect(await wait(stage, 9)).toEqual(afterFirst)
    const afterSecond = [...afterFirst, 'DOWN first.example 2', 'DOWN second.example 2']
    expect(await wait(stage, 1)).toEqual(afterSecond)
    expect(await wait(stage, 1_000)).toEqual(afterSecond)
    expect((await stage.entries()).slice(1)).toEqual([
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
      'ESCALATED Nobody is at it. Step 2, told: first.example, second.example.',
    ])
  })

  it('tells a mailbox once, be it told by its address just now or called as two channels', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.callMailboxes(['ada@example.com', 'kim@example.com'])
    await stage.take()
    expect(await stage.mailed()).toEqual(['ada@example.com 0', 'kim@example.com 1'])
    await wait(stage, 10)
    expect((await stage.mailed()).slice(2).toSorted()).toEqual([
      'ada@example.com 2',
      'kim@example.com 2',
    ])
  })

  it('begins again as often as the policy says', async () => {
    await using stage = await openStage({ repeats: 1 })
    await stage.goDown()
    for (const minutes of [5, 10, 5, 10, 1_000]) await wait(stage, minutes)
    expect(await stage.told()).toHaveLength(6)
  })

  it('takes each step once, whoever looks', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.letPass(5)
    await Promise.all([stage.take(), stage.take(), stage.take()])
    expect(await stage.told()).toEqual(['DOWN first.example 1'])
  })

  it('goes on by the policy as it was when the incident opened', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.database.prisma.escalationPolicy.delete({ where: { id: stage.policyId } })
    expect(await wait(stage, 5)).toEqual(['DOWN first.example 1'])
  })

  it('leaves out channels that do not work, and says so', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.database.pool.query('UPDATE channels SET disabled_at = now()')
    expect(await wait(stage, 5)).toEqual([])
    expect((await stage.entries()).at(-1)).toBe(
      'ESCALATED Nobody is at it. Step 1, none of its channels works.',
    )
  })

  it('does not tell at once again who heard it at the opening', async () => {
    await using stage = await openStage()
    await stage.database.pool.query(
      `UPDATE escalation_policies SET steps = jsonb_set(steps, '{0,afterMinutes}', '0')`,
    )
    await stage.database.pool.query(
      'INSERT INTO alert_settings (workspace_id, channel_id) VALUES ($1, $2)',
      [stage.monitor.workspaceId, stage.first],
    )
    await stage.goDown()
    expect(await wait(stage, 0)).toEqual(['DOWN first.example 0'])
    expect(await wait(stage, 10)).toHaveLength(3)
  })
})

describe.concurrent('while the monitor is worked on', () => {
  it('calls nobody and claims nothing, and goes on when the work ends', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.work()
    expect(await wait(stage, 5)).toEqual([])
    expect(await wait(stage, 54)).toEqual([])
    expect(await stage.entries()).toHaveLength(1)
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
    expect(await wait(stage, 10)).toHaveLength(3)
  })

  it('goes on within a minute where the work is cut short', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.work()
    expect(await wait(stage, 5)).toEqual([])
    await stage.database.pool.query('UPDATE maintenance_spans SET ends_at = now()')
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('leaves those who hear of it only when it ends the time that the first step gives them', async () => {
    await using stage = await openStage()
    await stage.work()
    await stage.goDown()
    expect(await wait(stage, 60)).toEqual([])
    await stage.review()
    expect(await wait(stage, 4)).toEqual([])
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('does not keep an acknowledgement that has ended, and calls when the work ends', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.work()
    expect(await wait(stage, 30)).toEqual([])
    expect((await stage.incident()).status).toBe('OPEN')
    expect(await wait(stage, 30)).toEqual(['DOWN first.example 1'])
  })

  it('lets nobody be called afterwards for what is acknowledged by then', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.database.pool.query(
      `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = now()`,
    )
    await stage.acknowledge()
    await stage.review()
    const where = { type: 'DOWN' } as const
    expect(
      await stage.database.prisma.alert.findMany({ where, orderBy: { round: 'asc' } }),
    ).toMatchObject([
      { round: 0, status: 'PENDING' },
      { round: 1, status: 'WITHHELD', withheldReason: 'OVER' },
    ])
  })
})

it('passes over a monitor that is being edited, and takes its step afterwards', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.letPass(5)
  await inTransaction(stage.database, async (tx) => {
    await lockForEdit(tx, { ...stage.monitor, id: stage.monitor.monitorId })
    await stage.take()
    expect(await stage.told()).toEqual([])
  })
  expect(await wait(stage, 0)).toEqual(['DOWN first.example 1'])
})

describe.concurrent('ends', () => {
  it('when the monitor is up again, and whoever was called hears that', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.comeUp()
    expect(await wait(stage, 1_000)).toEqual(['DOWN first.example 1', 'UP first.example 0'])
    expect((await stage.incident()).escalation).toBeNull()
  })

  it('when it never was', async () => {
    await using stage = await openStage()
    const [transitionId] = await stage.goDown()
    const gone = { ...stage.monitor, from: 'UP', to: 'DOWN', at: startedAt } as const
    await takeBack(stage.database, gone, transitionId!)
    expect(await wait(stage, 1_000)).toEqual([])
  })

  it('when somebody resolves it', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.resolve()
    expect(await wait(stage, 1_000)).toEqual([])
  })

  it('when somebody acknowledges, as long as that holds', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.acknowledge()
    expect(await wait(stage, 1_000)).toEqual([])
    expect((await stage.incident()).acknowledgementEndsAt).toBeNull()
  })
})

describe.concurrent('an acknowledgement that ends', () => {
  it('opens the incident again, says so, and calls from the first step on', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await wait(stage, 5)
    await stage.acknowledge()
    expect((await stage.incident()).acknowledgementEndsAt).not.toBeNull()
    const taken = ['DOWN first.example 1', 'ACKNOWLEDGED first.example 0']
    expect(await wait(stage, 29)).toEqual(taken)
    expect(await wait(stage, 1)).toEqual([...taken, 'DOWN first.example 2'])
    expect(await stage.incident()).toMatchObject({
      status: 'OPEN',
      acknowledgedAt: null,
      acknowledgedById: null,
      acknowledgementEndsAt: null,
    })
    expect((await stage.entries()).slice(-3)).toEqual([
      'ACKNOWLEDGED Acknowledged.',
      'REOPENED The acknowledgement held for 30 minutes, and it is not over.',
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
    ])
    expect(await wait(stage, 10)).toHaveLength(5)
  })

  it('is told to each channel once: in the call where that is called, else by itself', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    await stage.acknowledge()
    const before = (await stage.told()).length
    const told = await wait(stage, 30)
    expect(told.slice(before)).toEqual(['REOPENED second.example 0', 'DOWN first.example 3'])
    expect(await stage.lastNotice()).toMatchObject({
      recipient: 'first.example',
      isUnattended: true,
      isAcknowledgedThere: true,
      entry: { text: 'The acknowledgement held for 30 minutes, and it is not over.', by: null },
    })
  })

  it('is known to whoever is called later, who was not told that it was acknowledged', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    for (const minutes of [30, 10]) await wait(stage, minutes)
    expect(await stage.lastNotice()).toMatchObject({
      recipient: 'second.example',
      isUnattended: true,
      isAcknowledgedThere: false,
      entry: { text: expect.stringContaining('held for 30 minutes') },
    })
  })

  it('does so also after all steps were taken, and every time', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    for (const calls of [4, 5]) {
      await stage.acknowledge()
      const told = await wait(stage, 30)
      expect(told.filter((one) => one.startsWith('DOWN'))).toHaveLength(calls)
    }
  })

  it('does nothing where it is over by then', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.comeUp()
    expect(await wait(stage, 30)).toEqual([])
    expect((await stage.incident()).status).toBe('RESOLVED')
  })
})

describe.concurrent('an acknowledgement that is withdrawn', () => {
  it('calls from the first step on at once, as where it ends by itself', async () => {
    await using stage = await openStage()
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    await stage.acknowledge()
    const before = (await wait(stage, 1)).length
    await stage.withdraw()
    const called = ['REOPENED second.example 0', 'DOWN first.example 3']
    expect((await stage.told()).slice(before)).toEqual(called)
    expect((await stage.entries()).slice(-2)).toEqual([
      'REOPENED Acknowledgement withdrawn.',
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
    ])
    expect(await stage.lastNotice()).toMatchObject({
      isAcknowledgedThere: true,
      entry: { text: 'Acknowledgement withdrawn.' },
    })
    const then = [...called, 'DOWN first.example 4', 'DOWN second.example 4']
    expect((await wait(stage, 10)).slice(before)).toEqual(then)
    expect(await wait(stage, 1_000)).toHaveLength(before + 4)
  })

  it('calls once, of two who withdraw it while the steps are looked at', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.letPass(30)
    await Promise.all([stage.withdraw(), stage.take(), stage.withdraw()])
    expect(await stage.told()).toEqual(['DOWN first.example 1'])
  })

  it('leaves the first who were told what is left of their time', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 2)
    await stage.acknowledge()
    await stage.withdraw()
    expect(await wait(stage, 2)).toEqual([])
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('tells whoever was called just before by itself, and does not call again', async () => {
    await using stage = await openStage()
    await stage.goDown()
    const called = await wait(stage, 5)
    await stage.acknowledge()
    await stage.withdraw()
    const after = ['ACKNOWLEDGED first.example 0', 'REOPENED first.example 0']
    expect(await stage.told()).toEqual([...called, ...after])
    expect(await wait(stage, 10)).toHaveLength(5)
  })

  it('calls nobody while the monitor is worked on, and then goes on', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.acknowledge()
    await stage.work()
    await stage.letPass(10)
    const before = (await stage.told()).length
    await stage.withdraw()
    expect((await stage.told()).slice(before)).toEqual(['REOPENED first.example 0'])
    expect((await stage.incident()).status).toBe('OPEN')
    const told = await wait(stage, 50)
    expect(told.slice(before)).toEqual(['REOPENED first.example 0', 'DOWN first.example 2'])
  })
})
