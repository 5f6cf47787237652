import { expect, test } from 'vitest'
import { encodeId } from '../../api/graphql/ids.ts'
import { freshForMs } from '../../core/vote.ts'
import { eventually } from '../eventually.ts'
import { gatherCrowd, INTERVAL_SECONDS, TIMEOUT_MS } from '../rig/crowd.ts'
import type { Caller } from '../rig/graphql.ts'
import { ageLeases, nudge, type NudgedSlot } from '../rig/leases.ts'
import { everythingRun } from '../rig/play.ts'
import { openStage, type Stage } from '../rig/stage.ts'

const CROWD = 1_000

/** What is done to the rows of one monitor, and what of the reason is then shown. */
const poisons = [
  {
    name: 'crowd-1',
    sql: `UPDATE monitors SET expectations = '{"method": 7}' WHERE name = $1`,
    says: /its settings cannot be read/,
  },
  {
    name: 'crowd-2',
    sql: `UPDATE monitors SET secrets = '\\xdeadbeef' WHERE name = $1`,
    says: /its settings cannot be read/,
  },
  {
    name: 'crowd-3',
    sql: `UPDATE region_votes SET track = '{}' FROM monitors m WHERE m.id = monitor_id AND m.name = $1`,
    says: /its results cannot be recorded/,
  },
]

test('a poisoned row among a thousand monitors: the others run, it is set aside and says why', async () => {
  await using stage = await openStage()
  const alice = await gatherCrowd(stage, await stage.start(), { count: CROWD })
  for (const { name, sql } of poisons) await stage.database.pool.query(sql, [name])
  const bad = await idsOf(
    stage,
    poisons.map(({ name }) => name),
  )

  await runRound(stage, bad)
  for (const [index, { says }] of poisons.entries()) {
    expect(await quarantineOf(alice, bad[index]!)).toMatch(says)
  }
  expect(await runRound(stage, bad)).toEqual([])
  const { rows } = await stage.database.pool.query(
    `SELECT status, count(*)::int AS monitors FROM monitors GROUP BY status ORDER BY status`,
  )
  expect(rows).toEqual([
    { status: 'UP', monitors: CROWD - poisons.length },
    { status: 'UNKNOWN', monitors: poisons.length },
  ])
})

test('two poisoned rows whose results come together and alone hold up nobody behind them', async () => {
  await using stage = await openStage()
  await gatherCrowd(stage, await stage.start(), { count: 10 })
  await stage.database.pool.query(
    `UPDATE region_votes SET track = '{}' FROM monitors m
     WHERE m.id = monitor_id AND m.name IN ('crowd-1', 'crowd-2')`,
  )
  const visitsSoFar = stage.target.visits.length
  await nudge(stage.database.pool, { only: await idsOf(stage, ['crowd-1', 'crowd-2']) })
  await eventually('both were checked', () => stage.target.visits.length === visitsSoFar + 2)
  const slots = await nudge(stage.database.pool)
  expect(slots).toHaveLength(8)
  await everythingRun(stage, slots)
})

test('a vote that cannot be read keeps nobody from noticing silence', async () => {
  await using stage = await openStage()
  const alice = await gatherCrowd(stage, await stage.start(), { count: 3 })
  await everythingRun(stage, await nudge(stage.database.pool))
  await stage.database.pool.query(
    `UPDATE region_votes v
     SET silence_check_at = now(), last_slot_at = NULL, track = CASE m.name WHEN 'crowd-1' THEN '{}'
       ELSE jsonb_set(track::jsonb, '{view,freshFrom}',
         to_jsonb(floor(extract(epoch FROM now()) * 1000) - $1))::json END
     FROM monitors m WHERE m.id = v.monitor_id AND m.name IN ('crowd-1', 'crowd-2')`,
    [freshForMs(INTERVAL_SECONDS, TIMEOUT_MS) + 1],
  )
  const [silent] = await idsOf(stage, ['crowd-2'])
  await eventually('the silent one is UNKNOWN', async () => {
    return (await monitorOf(alice, silent!)).status === 'UNKNOWN'
  })
})

test('a fault of our own sets nobody aside, and what it refused is run again', async () => {
  await using stage = await openStage()
  const server = await stage.start()
  const alice = await gatherCrowd(stage, server, { count: 2 })
  await losePartitions(stage)
  const slots = await nudge(stage.database.pool)
  await eventually('both are refused', () => server.output().split('results refused').length > 2)
  for (const { monitorId } of slots) {
    expect(await monitorOf(alice, monitorId)).toMatchObject({ quarantineReason: null })
  }

  await server.kill()
  await ageLeases(stage.database.pool)
  await stage.start()
  await everythingRun(stage, slots)
})

/** As if the job that makes them ahead had long been failing; the next start makes them again. */
async function losePartitions({ database }: Stage): Promise<void> {
  const { rows } = await database.pool.query<{ drop: string }>(
    `SELECT format('DROP TABLE %s', inhrelid::regclass) AS drop
     FROM pg_inherits WHERE inhparent = 'checks'::regclass`,
  )
  for (const { drop } of rows) await database.pool.query(drop)
}

/** Has everybody checked that is not bad; the slots of the bad ones, if anybody would still run them. */
async function runRound(stage: Stage, bad: string[]): Promise<NudgedSlot[]> {
  const slots = await nudge(stage.database.pool, { overMs: 1_000 })
  const isBad = ({ monitorId }: NudgedSlot) => bad.includes(monitorId)
  await everythingRun(
    stage,
    slots.filter((slot) => !isBad(slot)),
  )
  return slots.filter(isBad)
}

async function idsOf({ database }: Stage, names: string[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT m.id FROM unnest($1::text[]) WITH ORDINALITY AS n (name, place)
     JOIN monitors m USING (name) ORDER BY place`,
    [names],
  )
  return rows.map(({ id }) => id)
}

const READ = 'query ($id: ID!) { monitor(id: $id) { status quarantineReason } }'

type MonitorSeen = { status: string; quarantineReason: string | null }

async function monitorOf(alice: Caller, id: string): Promise<MonitorSeen> {
  const { monitor } = await alice.ask<{ monitor: MonitorSeen }>(READ, {
    id: encodeId('Monitor', id),
  })
  return monitor
}

async function quarantineOf(alice: Caller, id: string): Promise<string> {
  return eventually('it is set aside', async () => (await monitorOf(alice, id)).quarantineReason)
}
