import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../core/check.ts'
import { auditChanges, type ChangeAudit } from '../../test/change-audit.ts'
import { eventually } from '../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, type Person } from '../../test/people.ts'
import { report } from '../../test/reports.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { takeDueSteps } from '../alerts/escalation/steps/deeds.ts'
import { alertLanes } from '../alerts/jobs.ts'
import { redeliveryLane } from '../alerts/redelivery/jobs.ts'
import { reviewWithheld } from '../alerts/withholding/deeds.ts'
import { keepPartitions } from '../checks/partitions/deeds.ts'
import { encodeId, uuidOf } from '../graphql/ids.ts'
import { takeCall } from '../heartbeats/deeds.ts'
import { takeNext } from '../incidents/evidence/deeds.ts'
import { forgetEvidence } from '../incidents/evidence/jobs.ts'
import { quarantineMonitor } from '../monitors/deeds.ts'
import { silenceVotes } from '../monitors/votes/deeds.ts'
import { startDispatcher } from '../outbox/jobs.ts'
import type { Running } from '../platform/loop.ts'

const DAY_MS = 86_400_000

let server: TestServer
let sink: SmtpSink
let alice: Person
let audit: ChangeAudit

let nowMs = Date.now()

beforeAll(async () => {
  sink = await startSmtpSink()
  const clock = { now: () => nowMs }
  server = await openTestServer({ variables: { SMTP_URL: sink.url }, deps: { clock } })
  ;({ alice } = await gather(server))
  await keepPartitions(server.deps)
  const probe = { workspaceId: alice.workspaceId, region: 'weur', name: 'Edge' }
  await server.database.prisma.probe.create({
    data: { ...probe, kind: 'EDGE', secret: Buffer.of() },
  })
  audit = await auditChanges(server.database)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await sink.close()
})

const act = async (mutation: string, input: object, selection = 'monitor { id }') => {
  const stem = mutation[0]!.toUpperCase() + mutation.slice(1)
  const { data, errors } = await alice.ask(
    `mutation ($input: ${stem}Input!) { ${mutation}(input: $input) { ${selection} } }`,
    { input },
  )
  expect(errors).toEqual([])
  return data[mutation]
}

let monitors = 0

/** Each with a mailbox of its own: none is told so much that it takes a digest. */
async function watch(wish: object): Promise<{ id: string; key: string }> {
  const target = 'https://shop.example.com/'
  const alertEmail = `shop-${++monitors}@example.com`
  const shop = { name: 'Shop', kind: 'HTTP', target, alertEmail }
  const { monitor } = await act('createMonitor', { ...shop, ...wish })
  nowMs += 10
  return { id: monitor.id, key: uuidOf('Monitor', monitor.id) }
}

/** Checks a second apart, one transaction each. */
async function see(
  key: string,
  outcomes: Outcome[],
  { region = 'local', latencyMs = 12.5, certificateExpiresAt = null as number | null } = {},
) {
  for (const outcome of outcomes) {
    nowMs += 1_000
    const seen = outcome === 'UP' ? { outcome, latencyMs, certificateExpiresAt } : { outcome }
    await report(server.deps, key, [seen], { fromMs: nowMs, region })
  }
}

/** As if all that is known of the monitor had happened ten minutes earlier. */
async function ageTracks(monitorId: string): Promise<void> {
  const { pool, prisma } = server.database
  const age = (_key: string, value: unknown) =>
    typeof value === 'number' && value > 1e12 ? value - 600_000 : value
  for (const { region, track } of await prisma.regionVote.findMany({ where: { monitorId } })) {
    const aged = JSON.parse(JSON.stringify(track), age) as object
    await pool.query(
      `UPDATE region_votes SET track = $3, silence_check_at = now() - interval '1 s', last_slot_at = NULL
       WHERE monitor_id = $1 AND region = $2`,
      [monitorId, region, aged],
    )
  }
  await pool.query(
    `UPDATE monitors SET created_at = created_at - interval '10 minutes',
       decidable_from = decidable_from - interval '10 minutes' WHERE id = $1`,
    [monitorId],
  )
}

/** After five minutes its turn is over, so that nobody is asked. */
function ageEvidence(days: number): Promise<unknown> {
  return server.database.pool.query(
    `UPDATE evidence SET created_at = created_at - $1 * interval '1 day'`,
    [days],
  )
}

async function takeAll(signal: AbortSignal): Promise<void> {
  while (await takeNext(server.deps, signal));
}

/** What was announced by `work`, which must be all that it did. */
async function changesBy(work: () => Promise<unknown>): Promise<string[]> {
  await audit.forget()
  await work()
  const announced = await audit.announced()
  expect(announced).toEqual(await audit.done())
  return announced.map((line) => line.replace(/ \S+ in \d+$/, '')).toSorted()
}

const lastIncidentOf = (monitorId: string) =>
  server.database.prisma.incident.findFirst({ where: { monitorId }, orderBy: { id: 'desc' } })

const OUTAGE = ['ALERT CREATED', 'INCIDENT CREATED', 'MONITOR UPDATED']
const END = ['ALERT CREATED', 'INCIDENT UPDATED', 'MONITOR UPDATED']

describe('what is announced is what a transaction did', () => {
  it('of a monitor that is made, changed, paused, resumed, set aside and deleted', async () => {
    let id = ''
    expect(await changesBy(async () => ({ id } = await watch({})))).toEqual(['MONITOR CREATED'])
    const key = uuidOf('Monitor', id)
    const regions = ['local', 'weur']
    const edits = [
      () => act('updateMonitor', { id, name: 'Store' }),
      () => act('updateMonitor', { id, regions, failureThreshold: 1 }),
      () => act('pauseMonitor', { id }),
      () => act('resumeMonitor', { id }),
      () => quarantineMonitor(server.deps, key, 'it spoils the batch'),
    ]
    for (const edit of edits) {
      nowMs += 10
      expect(await changesBy(edit)).toEqual(['MONITOR UPDATED'])
    }
    expect(await changesBy(() => quarantineMonitor(server.deps, key, 'again'))).toEqual([])
    expect(await changesBy(() => act('deleteMonitor', { id }, 'deletedMonitorId'))).toEqual([
      'MONITOR DELETED',
    ])
  })

  it('of outages and slowness, and nothing of checks that change no vote', async () => {
    const { id, key } = await watch({ failureThreshold: 2, latencyThresholdMs: 100 })
    expect(await changesBy(() => see(key, ['UP']))).toEqual(['MONITOR UPDATED'])
    expect(await changesBy(() => see(key, ['UP', 'UP', 'DOWN']))).toEqual([])
    expect(await changesBy(() => see(key, ['DOWN']))).toEqual(OUTAGE)
    expect(await changesBy(() => see(key, ['UP']))).toEqual(END)
    const slow = { latencyMs: 500 }
    expect(await changesBy(() => see(key, ['UP', 'UP', 'UP'], slow))).toEqual(OUTAGE)
    expect(await changesBy(() => see(key, ['UP', 'UP', 'UP']))).toEqual(END)
    await see(key, ['DOWN', 'DOWN'])
    expect(await changesBy(() => act('deleteMonitor', { id }, 'deletedMonitorId'))).toEqual([
      'MONITOR DELETED',
    ])
  })

  it('of a region alone, and of one that has gone silent', async () => {
    const { key } = await watch({ regions: ['local', 'weur'], failureThreshold: 1 })
    await see(key, ['UP'])
    await see(key, ['UP'], { region: 'weur' })
    const alone = () => see(key, ['DOWN'], { region: 'weur' })
    expect(await changesBy(alone)).toEqual(['MONITOR UPDATED'])
    await ageTracks(key)
    const silenced = await changesBy(() => silenceVotes(server.deps))
    expect(silenced).toEqual(['MONITOR UPDATED'])
  })

  it('of late results that tell another story', async () => {
    const { key } = await watch({ failureThreshold: 2 })
    await see(key, ['UP', 'DOWN', 'DOWN'])
    const late = () => report(server.deps, key, [{ outcome: 'UP' }], { fromMs: nowMs - 500 })
    expect(await changesBy(late)).toEqual(END)
    expect((await lastIncidentOf(key))?.retractedAt).not.toBeNull()
  })

  it('of what people do to incidents', async () => {
    const { key } = await watch({ failureThreshold: 1 })
    await see(key, ['DOWN'])
    const incident = { id: encodeId('Incident', (await lastIncidentOf(key))!.id) }
    const deeds = [
      () => act('acknowledgeIncident', incident, 'incident { id }'),
      () => act('commentIncident', { ...incident, text: 'Looking.' }, 'incident { id }'),
    ]
    for (const deed of deeds) expect(await changesBy(deed)).toEqual(['INCIDENT UPDATED'])
    const withdraw = () =>
      act('withdrawAcknowledgement', { incidentId: incident.id }, 'incident { id }')
    expect(await changesBy(withdraw)).toEqual(['INCIDENT UPDATED'])
    expect(await changesBy(withdraw)).toEqual([])
    const resolve = () => act('resolveIncident', incident, 'incident { id }')
    expect(await changesBy(resolve)).toEqual(['ALERT CREATED', 'INCIDENT UPDATED'])
  })

  it('of evidence that is taken, and forgotten with the checks of its days', async () => {
    const { key } = await watch({ failureThreshold: 1, alertEmail: 'evidence@example.com' })
    await see(key, ['DOWN'])
    await ageEvidence(1)
    const running = new AbortController().signal
    expect(await changesBy(() => takeAll(running))).toContain('INCIDENT UPDATED')
    await ageEvidence(91)
    expect(await changesBy(() => forgetEvidence(server.deps, running))).toContain(
      'INCIDENT UPDATED',
    )
    expect(await server.database.prisma.evidence.count()).toBe(0)
  })

  it('of alerts that are withheld, and let go late', async () => {
    const { id, key } = await watch({ failureThreshold: 1 })
    const startsAt = new Date().toISOString().slice(0, 16)
    const work = { name: 'Work', startsAt, durationMinutes: 60, monitorIds: [id] }
    await act('createMaintenanceWindow', work, 'maintenanceWindow { id }')
    expect(await changesBy(() => see(key, ['DOWN']))).toEqual(OUTAGE)
    const { pool } = server.database
    await pool.query(`UPDATE maintenance_spans SET ends_at = now() WHERE ends_at > now()`)
    await pool.query(
      `UPDATE alerts SET review_at = now() - interval '1 s' WHERE status = 'WITHHELD'`,
    )
    const released = await changesBy(() => reviewWithheld(server.deps))
    expect(released).toEqual(['ALERT UPDATED', 'INCIDENT UPDATED'])
  })

  it('of whom a monitor tells, of steps of escalation, and of what they went by and is deleted', async () => {
    const { id, key } = await watch({ failureThreshold: 1 })
    const webhook = { url: 'https://ops.example.com/' }
    const { channel } = await act(
      'createChannel',
      { name: 'Ops', webhook, isDefault: false },
      'channel { id }',
    )
    const steps = [{ afterMinutes: 1, channelIds: [channel.id] }]
    const { escalationPolicy: policy } = await act(
      'createEscalationPolicy',
      { name: 'Night', steps },
      'escalationPolicy { id }',
    )
    const edits = [
      () => act('setAlertSettings', { monitorId: id, settings: [] }),
      () => act('setEscalationPolicy', { monitorId: id, policyId: policy.id }),
    ]
    for (const edit of edits) expect(await changesBy(edit)).toEqual(['MONITOR UPDATED'])
    await see(key, ['DOWN'])
    const { pool } = server.database
    await pool.query(`UPDATE escalations SET due_at = now() - interval '1 s'`)
    await pool.query(`UPDATE alerts SET created_at = created_at - interval '2 min'`)
    const step = () => takeDueSteps(server.deps)
    expect(await changesBy(step)).toEqual(['ALERT CREATED', 'INCIDENT UPDATED'])
    const forget = () =>
      act('deleteEscalationPolicy', { id: policy.id }, 'deletedEscalationPolicyId')
    expect(await changesBy(forget)).toEqual(['MONITOR UPDATED'])
    const giveUp = () => act('deleteChannel', { id: channel.id }, 'deletedChannelId')
    expect(await changesBy(giveUp)).toEqual(['ALERT CREATED', 'ALERT UPDATED'])
  })

  it('of jobs that call, and of their addresses', async () => {
    const heartbeat = { periodSeconds: 60, graceSeconds: 10 }
    const { id, key } = await watch({ kind: 'HEARTBEAT', target: undefined, heartbeat })
    const call = { kind: 'SUCCESS', exitCode: null, body: null, remoteAddress: null } as const
    const takeOne = () => takeCall(server.deps, key, call)
    expect(await changesBy(takeOne)).toEqual(['MONITOR UPDATED'])
    expect(await changesBy(takeOne)).toEqual([])
    expect(await changesBy(() => act('rotateHeartbeatToken', { id }))).toEqual(['MONITOR UPDATED'])
  })

  it('of certificates that are to expire, and of which nobody wants to hear any more', async () => {
    const { id, key } = await watch({})
    const seen = (days: number) => see(key, ['UP'], { certificateExpiresAt: nowMs + days * DAY_MS })
    await seen(90)
    expect(await changesBy(() => seen(5))).toEqual(OUTAGE)
    const off = () => act('updateMonitor', { id, certificateAlerts: false })
    expect(await changesBy(off)).toEqual(END)
  })

  it('of attempts to deliver alerts', async () => {
    sink.answer = (recipient) =>
      recipient === 'ops@example.com' ? { refuse: 550, at: 'recipient' } : 'accept'
    await using _ = stopping(startDispatcher(server.deps, [...alertLanes, redeliveryLane]))
    const { alert, redelivery } = server.database.prisma
    const settled = () =>
      eventually('all is settled', async () => {
        const pending = { where: { status: 'PENDING' as const } }
        return (await alert.count(pending)) + (await redelivery.count(pending)) === 0
      })
    await settled()
    const { key } = await watch({ failureThreshold: 1, alertEmail: 'ops@example.com' })
    const delivery = () => see(key, ['DOWN']).then(settled)
    const failedAndSent = ['ALERT CREATED', 'ALERT UPDATED', 'ALERT UPDATED']
    expect(await changesBy(delivery)).toEqual([...failedAndSent, ...OUTAGE].toSorted())
    const { id } = await alert.findFirstOrThrow({ where: { status: 'SENT', monitorId: key } })
    const again = () => act('redeliverAlert', { id: encodeId('Alert', id) }, 'alert { id }')
    expect(await changesBy(() => again().then(settled))).toEqual(['ALERT UPDATED'])
  })
})

function stopping({ stop }: Running): AsyncDisposable {
  return { [Symbol.asyncDispose]: stop }
}
