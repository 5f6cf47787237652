import { expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { eventually } from '../eventually.ts'
import { createMonitor, signUp } from '../rig/graphql.ts'
import {
  dripBody,
  dripHeaders,
  endlessBody,
  endlessHeaders,
  type Hostility,
  neverAnswer,
  redirectForever,
  reset,
  startHostileTarget,
  talkNonsense,
} from '../rig/hostile.ts'
import { nudge } from '../rig/leases.ts'
import { socketsTo } from '../rig/sockets.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const ROUNDS = full ? 100 : 3
const TIMEOUT_MS = 1_000
const GRACE_MS = 1_000

type Villain = { name: string; treat: Hostility; scheme?: 'https'; errorKind: string }

const villains: Villain[] = [
  { name: 'never answers', treat: neverAnswer, errorKind: 'TIMEOUT' },
  { name: 'stalls in TLS', treat: neverAnswer, scheme: 'https', errorKind: 'TIMEOUT' },
  { name: 'drips headers', treat: dripHeaders, errorKind: 'TIMEOUT' },
  { name: 'drips its body', treat: dripBody, errorKind: 'TIMEOUT' },
  { name: 'never ends its body', treat: endlessBody, errorKind: 'BODY_TOO_LARGE' },
  { name: 'never ends its headers', treat: endlessHeaders, errorKind: 'INVALID_RESPONSE' },
  { name: 'redirects for ever', treat: redirectForever, errorKind: 'TOO_MANY_REDIRECTS' },
  { name: 'resets', treat: reset, errorKind: 'CONNECTION_RESET' },
  { name: 'talks nonsense', treat: talkNonsense, errorKind: 'INVALID_RESPONSE' },
]

/** A body is read to its end only where somebody looks at it. */
const LOOKS_AT_BODY = [{ source: 'BODY', comparison: 'CONTAINS', target: 'welcome' }]

test(
  'hostile targets: each check ends on time, says what was wrong, and leaves no socket behind',
  async () => {
    await using stage = await openStage()
    const targets = await Promise.all(villains.map(({ treat }) => startHostileTarget(treat)))
    const ports = targets.map((target) => target.port)
    await watch(stage, ports)
    await eventually(
      'all have been checked once',
      async () => (await checks(stage)).length === ports.length,
    )
    for (let round = 0; round < ROUNDS; round += 1) await playRound(stage)

    const found = Map.groupBy(await checks(stage), ({ name }) => name)
    for (const { name, errorKind } of villains) {
      const kinds = found.get(name)?.map((check) => check.errorKind)
      expect({ name, kinds }).toEqual({ name, kinds: Array(ROUNDS + 1).fill(errorKind) })
    }
    await eventually('no socket is left', async () => (await socketsTo(ports)) === 0)
    for (const target of targets) expect(target.connections()).toBe(0)
    await Promise.all(targets.map((target) => target.close()))
  },
  ROUNDS * 10_000 + 60_000,
)

async function watch(stage: Stage, ports: number[]): Promise<void> {
  const server = await stage.start()
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  for (const [index, { name, scheme = 'http' }] of villains.entries()) {
    await createMonitor(alice, {
      name,
      target: `${scheme}://127.0.0.1:${ports[index]}/`,
      assertions: LOOKS_AT_BODY,
      intervalSeconds: 3_600,
      timeoutMs: TIMEOUT_MS,
      // Confirmed at once: no re-check gets in the way of the rounds.
      failureThreshold: 1,
    })
  }
}

type CheckSeen = { name: string; checkedAt: number; errorKind: string | null }

async function checks({ database }: Stage): Promise<CheckSeen[]> {
  const { rows } = await database.pool.query<CheckSeen>(
    `SELECT m.name, ${epochMs('c.checked_at')} AS "checkedAt",
       c.error_kind AS "errorKind"
     FROM checks c JOIN monitors m ON m.id = c.monitor_id ORDER BY c.scheduled_at`,
  )
  return rows
}

/** Checks every villain once more; each check is in the database within its timeout and a second. */
async function playRound(stage: Stage): Promise<void> {
  const before = (await checks(stage)).length
  expect(await nudge(stage.database.pool)).toHaveLength(villains.length)
  const tookMs = new Map<string, number>()
  await eventually('every check of the round is in', async () => {
    const fresh = (await checks(stage)).slice(before).filter(({ name }) => !tookMs.has(name))
    for (const { name, checkedAt } of fresh) tookMs.set(name, Date.now() - checkedAt)
    return tookMs.size === villains.length
  })
  expect([...tookMs].filter(([, ms]) => ms > TIMEOUT_MS + GRACE_MS)).toEqual([])
}
