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

    scene.turn('down')
    await everyMonitorIs(scene, 'DOWN')
    scene.turn('up')
    await everyMonitorIs(scene, 'UP')
    const told = { kind: 'DOWN', isResolved: true, told: ['DOWN', 'UP'] }
    expect(await incidentsOf(stage)).toEqual(BAD.map((name) => ({ name, ...told })))
    await eventually(
      'mails tell of the outages, and of nothing else',
      () => stage.sink.mails.length === 1 + 2 * BAD.length,
    )
    await scene.breakSilence()
    expect(await noticesOf(stage)).toEqual([{ ...silence, isOpen: false }])
  },
  6 * MINUTE_MS,
)

/** What is so, and what the honest one among the scripted probes makes of it. */
type Play = { isDown: boolean; isNorthInTrouble: boolean }

type Scene = AsyncDisposable & {
  stage: Stage
  alice: Caller
  play: Play
  turn(mood: 'up' | 'down'): void
  breakSilence(): Promise<unknown>
}

async function openScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const stage = opening.use(await openStage())
  const url = (await stage.start()).url!
  const alice = await signUp(() => url, 'alice@pharos.example')
  const probes = new Map<string, TestProbe>()
  for (const region of ['north', ...BAD]) probes.set(region, await registerProbe(alice, region))
  for (const name of BAD) await watch(alice, stage, name)
  await letBeOld(stage)
  const play: Play = { isDown: false, isNorthInTrouble: false }
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
    turn(mood) {
      stage.target.become(mood)
      play.isDown = mood === 'down'
    },
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
    lying: (item) => [runAt(item, Date.now(), saying(!play.isDown))],
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
  })
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

function everyMonitorIs(scene: Scene, status: string): Promise<unknown> {
  const sights = Object.fromEntries(BAD.map((name) => [name, { status }]))
  return seen(scene, `every monitor is ${status}`, sights)
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
