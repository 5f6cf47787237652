import { expect, test } from 'vitest'
import { systemClock } from '../../api/platform/clock.ts'
import { noteSilentProbes } from '../../api/probes/notices/deeds.ts'
import { LATENESS_BOUND_MS, newTrack } from '../../core/region.ts'
import { eventually } from '../eventually.ts'
import { assignmentsOf, syncOk, type TestProbe } from '../probe.ts'
import { registerProbe } from '../rig/agent.ts'
import { type Caller, createMonitor, signUp } from '../rig/graphql.ts'
import { nudge } from '../rig/leases.ts'
import { runAt, type Script, startScriptedProbe } from '../rig/scripted-probe.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const MINUTE_MS = 60_000
/** Each is one of three regions of a monitor of its name, beside the built-in agent and `north`. */
const BAD = ['silent', 'late', 'lying']
/** How long after its runs the late one tells of them: soon enough to decide something, and not. */
const LATE_MS = [10 * MINUTE_MS, LATENESS_BOUND_MS + MINUTE_MS]
const OWNER = 'alice@pharos.example'
const DOWN = { outcome: 'DOWN', errorKind: 'TIMEOUT', message: 'It took too long' } as const

test(
  'one region of three is silent, late or lying: no incident, one notice, and a real outage is found',
  async () => {
    await using scene = await openScene()
    const { stage } = scene
    await seen(scene, 'the honest are believed', {
      silent: { status: 'UP', local: 'UP', north: 'UP', silent: 'UNKNOWN' },
      late: { status: 'UP', local: 'UP', north: 'UP', late: 'UNKNOWN' },
      lying: { status: 'UP', local: 'UP', north: 'UP', lying: 'DOWN, advisory' },
    })
    scene.play.isNorthInTrouble = true
    await seen(scene, 'another one fails, for itself: what is late is no second vote', {
      silent: { status: 'UP', local: 'UP', north: 'DOWN, advisory', silent: 'UNKNOWN' },
      late: { status: 'UP', local: 'UP', north: 'DOWN, advisory', late: 'UNKNOWN' },
    })
    scene.play.isNorthInTrouble = false
    await letSilenceBeNoticed(stage)
    const silence = { kind: 'PROBE_SILENT', region: 'silent', isOpen: true }
    expect(await noticesOf(stage)).toEqual([silence])
    await eventually('a mail says so', () => stage.sink.mails.length === 1)
    expect(await incidentsOf(stage)).toEqual([])

    await turn(scene, 'DOWN')
    await turn(scene, 'UP')
    const told = { kind: 'DOWN', isResolved: true, told: ['DOWN', 'UP'] }
    expect(await incidentsOf(stage)).toEqual(BAD.map((name) => ({ name, ...told })))
    await eventually('mails tell of the outages, and of nothing else', () => {
      const ofOutages = BAD.map((name) => [mailboxOf(name), told.told.length])
      expect(mailsByMailbox(stage)).toEqual({ [OWNER]: 1, ...Object.fromEntries(ofOutages) })
      return true
    })
    await scene.breakSilence()
    expect(await noticesOf(stage)).toEqual([{ ...silence, isOpen: false }])
  },
  6 * MINUTE_MS,
)

/** What is so, what the honest one among the scripted probes makes of it, and whether the lying one denies it. */
type Play = { isDown: boolean; isNorthInTrouble: boolean; isOutageDenied: boolean }

type Scene = AsyncDisposable & {
  stage: Stage
  alice: Caller
  play: Play
  breakSilence(): Promise<unknown>
}

async function openScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const stage = opening.use(await openStage())
  const url = (await stage.start()).url!
  const alice = await signUp(() => url, OWNER)
  const probes = new Map<string, TestProbe>()
  for (const region of ['north', ...BAD]) probes.set(region, await registerProbe(alice, region))
  for (const name of BAD) await watch(alice, stage, name)
  await letBeOld(stage)
  const play: Play = { isDown: false, isNorthInTrouble: false, isOutageDenied: false }
  for (const [region, script] of Object.entries(scriptsOf(play))) {
    const running = await startScriptedProbe(url, probes.get(region)!, script)
    opening.defer(running.stop)
  }
  const silent = probes.get('silent')!
  await speakOnce(url, silent)
  const open = opening.move()
  return {
    stage,
    alice,
    play,
    breakSilence: () => syncOk(url, silent),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function scriptsOf(play: Play): Record<'north' | 'late' | 'lying', Script> {
  const saying = (isDown: boolean) => (isDown ? DOWN : {})
  return {
    north: (item) => {
      const isInTrouble = play.isNorthInTrouble && !item.request.target.endsWith('lying')
      return [runAt(item, Date.now(), saying(play.isDown || isInTrouble))]
    },
    // Ten minutes ago all was otherwise.
    late: (item) => LATE_MS.map((ms) => runAt(item, Date.now() - ms, saying(!play.isDown))),
    lying: (item) => [runAt(item, Date.now(), saying(!play.isOutageDenied))],
  }
}

/** What it saw a minute ago. */
async function speakOnce(url: string, probe: TestProbe): Promise<void> {
  const items = await assignmentsOf(url, probe)
  await syncOk(url, probe, { results: items.map((item) => runAt(item, Date.now() - MINUTE_MS)) })
}

async function watch(alice: Caller, { target }: Stage, name: string): Promise<void> {
  await createMonitor(alice, {
    name,
    target: target.urlOf(name),
    regions: ['local', 'north', name],
    intervalSeconds: 10,
    timeoutMs: 5_000,
    failureThreshold: 2,
    // So few mails in each that none of them waits for a digest.
    alertEmail: mailboxOf(name),
  })
}

function mailboxOf(name: string): string {
  return `${name}@pharos.example`
}

/** As if they had been made half an hour ago: what was found since then is theirs. */
async function letBeOld({ database }: Stage): Promise<void> {
  const bornAt = Date.now() - 30 * MINUTE_MS
  await database.pool.query(
    `WITH born AS (
       UPDATE monitors SET created_at = to_timestamp($1 / 1000.0),
         status_since = to_timestamp($1 / 1000.0), decidable_from = to_timestamp($1 / 1000.0))
     UPDATE region_votes SET track = $2, silence_check_at = NULL, last_slot_at = NULL`,
    [bornAt, JSON.stringify(newTrack(bornAt))],
  )
}

/** In full the three minutes really pass; else they are told to have passed. */
async function letSilenceBeNoticed(stage: Stage): Promise<void> {
  const { database } = stage
  await eventually(
    'the silence is noticed',
    async () => {
      if (!full) {
        await database.pool.query(
          `UPDATE probes SET silence_check_at = now(), last_seen_at = now() - interval '3 minutes'
           WHERE region = 'silent'`,
        )
        await noteSilentProbes({ database, clock: systemClock }, 0)
      }
      return (await noticesOf(stage)).length > 0
    },
    5 * MINUTE_MS,
  )
}

type Sight = Record<string, string>

/** Waits until the monitors named are seen so: their status, and the vote of each region. */
function seen({ stage, alice }: Scene, what: string, sights: Record<string, Sight>) {
  return eventually(what, async () => {
    await nudge(stage.database.pool)
    expect(await look(alice)).toMatchObject(sights)
    return true
  })
}

const LOOK = '{ monitors(first: 10) { nodes { name status votes { region vote advisory } } } }'

type Seen = {
  name: string
  status: string
  votes: { region: string; vote: string; advisory: string | null }[]
}

async function look(alice: Caller): Promise<Record<string, Sight>> {
  const { monitors } = await alice.ask<{ monitors: { nodes: Seen[] } }>(LOOK)
  const sightOf = ({ status, votes }: Seen): Sight => ({
    status,
    ...Object.fromEntries(
      votes.map(({ region, vote, advisory }) => [region, advisory ? `${vote}, advisory` : vote]),
    ),
  })
  return Object.fromEntries(monitors.nodes.map((one) => [one.name, sightOf(one)]))
}

/**
 * The lying one denies only what both honest ones have seen: while they are of two minds its lie makes a
 * majority, and the monitor turns once more and back, as it should.
 */
async function turn(scene: Scene, status: 'UP' | 'DOWN'): Promise<void> {
  const { stage, play } = scene
  const isDown = status === 'DOWN'
  stage.target.become(isDown ? 'down' : 'up')
  play.isDown = isDown
  const honest = { status, local: status, north: status }
  const sights = Object.fromEntries(BAD.map((name) => [name, honest]))
  await seen(scene, `every monitor is ${status}`, sights)
  play.isOutageDenied = isDown
  const lying = isDown ? 'UP' : 'DOWN, advisory'
  await seen(scene, `it is denied that they are ${status}`, { lying: { ...honest, lying } })
}

function mailsByMailbox({ sink }: Stage): Record<string, number> {
  const mailboxes = Map.groupBy(sink.mails, ({ recipient }) => recipient)
  return Object.fromEntries([...mailboxes].map(([mailbox, mails]) => [mailbox, mails.length]))
}

/** Those that were taken back too. */
async function incidentsOf({ database }: Stage): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    `SELECT m.name, i.kind, i.resolved_at IS NOT NULL AS "isResolved",
       array_agg(a.type::text ORDER BY a.position) AS told
     FROM incidents i JOIN monitors m ON m.id = i.monitor_id
       LEFT JOIN alerts a ON a.incident_id = i.id
     GROUP BY m.id, i.id ORDER BY m.id`,
  )
  return rows
}

async function noticesOf({ database }: Stage): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    'SELECT kind, region, resolved_at IS NULL AS "isOpen" FROM notices',
  )
  return rows
}
