import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { untilSomebodyWaits } from '../../test/locks.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { statementsOf } from '../../test/statements.ts'
import { takeBack, turn, type Turning } from '../../test/telling.ts'
import type { Principal } from '../accounts/principal.ts'
import { permissionsOf } from '../accounts/principal.ts'
import type { Deps } from '../deps.ts'
import { inTransaction } from '../platform/database.ts'
import {
  acknowledgeIncident,
  commentIncident,
  resolveIncident,
  withdrawAcknowledgement,
} from './deeds.ts'

let database: TestDatabase
let deps: Deps

beforeAll(async () => {
  database = await openTestDatabase()
  deps = testDeps(database)
})
afterAll(() => database.close())

let people = 0
const person = (name: string) => `${name}${++people}@example.com`

async function watchOne(members: string[] = [person('ada')]) {
  const { monitors, userIds, workspaceId } = await watch(database, { members })
  const principal = (userId: string): Principal => ({
    workspaceId,
    userId,
    role: 'MEMBER',
    permissions: permissionsOf('MEMBER'),
    credential: { kind: 'SESSION', sessionId: userId },
  })
  return { monitor: monitors[0]!, principals: userIds.map(principal) }
}

const HOUR_MS = 3_600_000
const anHourAgo = Date.now() - HOUR_MS
const at = (second: number) => anHourAgo + second * 1000
const goesDown = (monitor: Watched, second: number): Turning => ({
  ...monitor,
  from: 'UP',
  to: 'DOWN',
  at: at(second),
})
const comesUp = (monitor: Watched, second: number): Turning => ({
  ...monitor,
  from: 'DOWN',
  to: 'UP',
  at: at(second),
})

/** Comments, until there are so many entries. */
const fillTimeline = (incidentId: string, most: number) =>
  database.pool.query(
    `INSERT INTO incident_entries (workspace_id, incident_id, kind, at, text)
     SELECT workspace_id, id, 'COMMENTED', now(), 'Hm.'
     FROM incidents, generate_series((SELECT count(*) FROM incident_entries WHERE incident_id = $1), $2 - 1)
     WHERE id = $1`,
    [incidentId, most],
  )

const incidentsOf = ({ monitorId }: Watched) =>
  database.prisma.incident.findMany({
    where: { monitorId },
    orderBy: { startedAt: 'asc' },
    include: {
      timeline: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] },
      alerts: { orderBy: { position: 'asc' } },
    },
  })

describe('followTransitions', () => {
  it('opens, tells, resolves and tells', async () => {
    const { monitor } = await watchOne(['owner@example.com'])
    await turn(database, goesDown(monitor, 0))
    await turn(database, comesUp(monitor, 40))
    const [incident] = await incidentsOf(monitor)
    expect(incident).toMatchObject({
      kind: 'DOWN',
      status: 'RESOLVED',
      startedAt: new Date(at(0)),
      resolvedAt: new Date(at(40)),
      cause: 'Connection refused',
      timeline: [{ kind: 'OPENED' }, { kind: 'RESOLVED' }],
      alerts: [
        { type: 'DOWN', recipient: 'owner@example.com', status: 'PENDING' },
        { type: 'UP', recipient: 'owner@example.com', status: 'PENDING' },
      ],
    })
  })

  it('tells the alert e-mail, else the creator while a member, else the first owner', async () => {
    const [owner, creator] = [person('owner'), person('creator')]
    const { monitors, workspaceId, userIds } = await watch(database, {
      members: [owner, creator],
      count: 3,
    })
    const [first, second, third] = monitors as [Watched, Watched, Watched]
    const change = (data: object, { monitorId }: Watched) =>
      database.prisma.monitor.update({ where: { id: monitorId }, data })
    await change({ alertEmail: 'oncall@example.com', createdById: userIds[1] }, first)
    await change({ createdById: userIds[1] }, second)
    await turn(database, ...[first, second, third].map((monitor) => goesDown(monitor, 0)))
    await database.prisma.membership.delete({
      where: { workspaceId_userId: { workspaceId, userId: userIds[1]! } },
    })
    await turn(database, comesUp(second, 10))
    const told = await Promise.all([first, second, third].map(incidentsOf))
    expect(told.map(([incident]) => incident?.alerts.map((alert) => alert.recipient))).toEqual([
      ['oncall@example.com'],
      [creator, owner],
      [owner],
    ])
  })

  it('says in the timeline that nobody was notified', async () => {
    const { monitor } = await watchOne([])
    await turn(database, goesDown(monitor, 0))
    const [incident] = await incidentsOf(monitor)
    expect(incident?.alerts).toEqual([])
    expect(incident?.timeline.map((entry) => entry.text)).toContainEqual(
      expect.stringMatching(/^Nobody was notified \(DOWN\)/),
    )
  })

  it('takes a withdrawn alarm back from those who were told', async () => {
    const { monitor } = await watchOne()
    const down = goesDown(monitor, 0)
    const [transitionId] = await turn(database, down)
    await takeBack(database, down, transitionId!)
    const [incident] = await incidentsOf(monitor)
    expect(incident).toMatchObject({ status: 'RESOLVED', resolvedAt: null })
    expect(incident?.retractedAt).not.toBeNull()
    expect(incident?.timeline.map((entry) => entry.kind)).toEqual(['OPENED', 'RETRACTED'])
    expect(incident?.alerts.map((alert) => alert.type)).toEqual(['DOWN', 'UP'])
  })

  it('reopens an incident whose recovery never was, and tells DOWN again', async () => {
    const { monitor } = await watchOne()
    await turn(database, goesDown(monitor, 0))
    const up = comesUp(monitor, 20)
    const [transitionId] = await turn(database, up)
    await takeBack(database, up, transitionId!)
    const [incident] = await incidentsOf(monitor)
    expect(incident).toMatchObject({ status: 'OPEN', resolvedAt: null })
    expect(incident?.timeline.map((entry) => entry.kind)).toEqual(['OPENED', 'RESOLVED', 'REVISED'])
    expect(incident?.alerts.map((alert) => alert.type)).toEqual(['DOWN', 'UP', 'DOWN'])
  })

  it('writes a thousand incidents in as many statements as ten', async () => {
    const { monitors } = await watch(database, { members: [person('ada')], count: 1_000 })
    const few = await watch(database, { members: [person('ada')], count: 10 })
    const countStatements = async (all: Watched[]) => {
      const down = all.map((each) => goesDown(each, 0))
      return (await statementsOf(database.pool, () => turn(database, ...down))).length
    }
    expect(await countStatements(monitors)).toBe(await countStatements(few.monitors))
    const where = { workspaceId: monitors[0]!.workspaceId }
    expect(await database.prisma.incident.count({ where })).toBe(1_000)
    expect(await database.prisma.alert.count({ where })).toBe(1_000)
  })
})

describe('by hand', () => {
  async function openIncident(members?: string[]) {
    const watched = await watchOne(members)
    await turn(database, goesDown(watched.monitor, 0))
    const [incident] = await incidentsOf(watched.monitor)
    return { ...watched, incidentId: incident!.id }
  }

  it('of two who acknowledge at once one wins, and the other learns it', async () => {
    const { monitor, principals, incidentId } = await openIncident([person('ada'), person('bob')])
    const outcomes = await Promise.allSettled(
      principals.map((principal) => acknowledgeIncident(deps, principal, incidentId)),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONFLICT' },
    })
    const [incident] = await incidentsOf(monitor)
    expect(incident?.timeline.filter((entry) => entry.kind === 'ACKNOWLEDGED')).toHaveLength(1)
    expect(incident?.status).toBe('ACKNOWLEDGED')
  })

  it('of two who resolve at once one wins', async () => {
    const { principals, incidentId } = await openIncident([person('ada'), person('bob')])
    const outcomes = await Promise.allSettled(
      principals.map((principal) => resolveIncident(deps, principal, incidentId)),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it.each([acknowledgeIncident, withdrawAcknowledgement])(
    'what is resolved takes no $name',
    async (act) => {
      const { principals, incidentId } = await openIncident()
      await acknowledgeIncident(deps, principals[0]!, incidentId)
      await resolveIncident(deps, principals[0]!, incidentId)
      await expect(act(deps, principals[0]!, incidentId)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'The incident is RESOLVED already.',
      })
    },
  )

  it('of two who withdraw an acknowledgement, whoever’s it is, both find it withdrawn, once', async () => {
    const { monitor, principals, incidentId } = await openIncident([person('ada'), person('bob')])
    await acknowledgeIncident(deps, principals[0]!, incidentId)
    await Promise.all(
      principals.map((principal) => withdrawAcknowledgement(deps, principal, incidentId)),
    )
    const [incident] = await incidentsOf(monitor)
    expect(incident).toMatchObject({ status: 'OPEN', acknowledgedAt: null, acknowledgedById: null })
    expect(incident?.timeline.map((entry) => entry.kind)).toEqual([
      'OPENED',
      'ACKNOWLEDGED',
      'REOPENED',
    ])
    await acknowledgeIncident(deps, principals[1]!, incidentId)
  })

  it('an acknowledgement can be withdrawn where no comment has room any more, but not without end', async () => {
    const { principals, incidentId } = await openIncident()
    const [ada] = principals
    const limit = { code: 'LIMIT_REACHED' }
    await fillTimeline(incidentId, 500)
    await acknowledgeIncident(deps, ada!, incidentId)
    const comment = commentIncident(deps, ada!, { incidentId, text: 'Hm.' })
    await expect(comment).rejects.toMatchObject(limit)
    await withdrawAcknowledgement(deps, ada!, incidentId)
    await acknowledgeIncident(deps, ada!, incidentId)
    await fillTimeline(incidentId, 1_000)
    await expect(withdrawAcknowledgement(deps, ada!, incidentId)).rejects.toMatchObject(limit)
  })

  it('of two comments at once, with room for one, one is refused', async () => {
    const { principals, incidentId } = await openIncident()
    await fillTimeline(incidentId, 499)
    const comments = await inTransaction(database, async (tx) => {
      await tx.query('SELECT FROM incidents WHERE id = $1 FOR UPDATE', [incidentId])
      const both = ['Hm.', 'Ah.'].map((text) =>
        commentIncident(deps, principals[0]!, { incidentId, text }),
      )
      await untilSomebodyWaits(database, 2)
      return both
    })
    const results = await Promise.allSettled(comments)
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('what a person resolved stays resolved when the monitor recovers, and the next failure opens another', async () => {
    const { monitor, principals, incidentId } = await openIncident()
    await resolveIncident(deps, principals[0]!, incidentId)
    const [before] = await incidentsOf(monitor)
    await turn(database, comesUp(monitor, 30))
    expect((await incidentsOf(monitor))[0]).toMatchObject({ resolvedAt: before?.resolvedAt })
    await turn(database, goesDown(monitor, 50))
    expect((await incidentsOf(monitor)).map((incident) => incident.status)).toEqual([
      'RESOLVED',
      'OPEN',
    ])
  })

  it('an acknowledged incident resolves by itself and keeps who took it', async () => {
    const { monitor, principals, incidentId } = await openIncident()
    await acknowledgeIncident(deps, principals[0]!, incidentId)
    await turn(database, comesUp(monitor, 30))
    expect((await incidentsOf(monitor))[0]).toMatchObject({
      status: 'RESOLVED',
      acknowledgedById: principals[0]!.userId,
    })
  })

  it('comments stand in the timeline under their author', async () => {
    const { monitor, principals, incidentId } = await openIncident()
    await commentIncident(deps, principals[0]!, { incidentId, text: '  Restarting it.  ' })
    const [incident] = await incidentsOf(monitor)
    expect(incident?.timeline.at(-1)).toMatchObject({
      kind: 'COMMENTED',
      text: 'Restarting it.',
      userId: principals[0]!.userId,
    })
  })

  it.each(['', '   ', 'x'.repeat(2_001)])('the comment %j is refused by rule', async (text) => {
    const principal = { workspaceId: 'none', userId: 'none' } as Principal
    await expect(
      commentIncident(deps, principal, { incidentId: 'none', text }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('the incident of another workspace is not found', async () => {
    const { incidentId } = await openIncident()
    const { principals } = await watchOne()
    const [stranger] = principals
    const deeds = [acknowledgeIncident, withdrawAcknowledgement, resolveIncident]
    const attempts = deeds.map((act) => act(deps, stranger!, incidentId))
    attempts.push(commentIncident(deps, stranger!, { incidentId, text: 'Hello' }))
    expect(await Promise.allSettled(attempts)).toEqual(
      Array(4).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'NOT_FOUND' }) }),
    )
  })
})
