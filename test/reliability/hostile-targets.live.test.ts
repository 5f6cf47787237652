import { expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { eventually } from '../eventually.ts'
import { leastOf } from '../least.ts'
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
import { nudge, type NudgedSlot } from '../rig/leases.ts'
import { socketsTo } from '../rig/sockets.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const ROUNDS = full ? 100 : 3
/** For who ends a check only by it; who ends it otherwise is given longer, so that no load of the machine does it first. */
const TIMEOUT_MS = 1_000
const LONG_TIMEOUT_MS = 10_000
/** Of each check from its beginning, whichever of the two it is given. */
const ENDS_WITHIN_MS = TIMEOUT_MS + 1_000

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
      async () => new Set((await checks(stage)).map(({ name }) => name)).size === ports.length,
    )
    for (let round = 0; round < ROUNDS; round += 1)
      expect(await leastOf(ENDS_WITHIN_MS, () => playRound(stage))).toBeLessThan(ENDS_WITHIN_MS)

    const found = Map.groupBy(await checks(stage), ({ name }) => name)
    for (const { name, errorKind } of villains) {
      const kinds = found.get(name)!.map((check) => check.errorKind)
      expect({ name, kinds }).toEqual({ name, kinds: kinds.map(() => errorKind) })
      // A slot of its own may come in between.
      expect(kinds.length).toBeGreaterThan(ROUNDS)
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
  for (const [index, { name, scheme = 'http', errorKind }] of villains.entries()) {
    await createMonitor(alice, {
      name,
      target: `${scheme}://127.0.0.1:${ports[index]}/`,
      assertions: LOOKS_AT_BODY,
      intervalSeconds: 3_600,
      timeoutMs: timeoutMsOf(errorKind),
      // Confirmed at once: no re-check gets in the way of the rounds.
      failureThreshold: 1,
    })
  }
}

function timeoutMsOf(errorKind: string | null): number {
  return errorKind === 'TIMEOUT' ? TIMEOUT_MS : LONG_TIMEOUT_MS
}

type CheckSeen = {
  monitorId: string
  name: string
  slotAt: number
  checkedAt: number
  errorKind: string | null
}

async function checks({ database }: Stage): Promise<CheckSeen[]> {
  const { rows } = await database.pool.query<CheckSeen>(
    `SELECT m.id AS "monitorId", m.name, ${epochMs('c.scheduled_at')} AS "slotAt",
       ${epochMs('c.checked_at')} AS "checkedAt", c.error_kind AS "errorKind"
     FROM checks c JOIN monitors m ON m.id = c.monitor_id ORDER BY c.scheduled_at`,
  )
  return rows
}

/** Checks every villain once more; how long the last of the checks took until it was in the database. */
async function playRound(stage: Stage): Promise<number> {
  const asked = new Set((await nudge(stage.database.pool)).map(runOf))
  let longestMs = 0
  await eventually('every check of the round is in', async () => {
    const fresh = (await checks(stage)).filter((check) => asked.delete(runOf(check)))
    for (const { checkedAt } of fresh) longestMs = Math.max(longestMs, Date.now() - checkedAt)
    return asked.size === 0
  })
  return longestMs
}

function runOf({ monitorId, slotAt }: NudgedSlot): string {
  return `${monitorId} ${slotAt}`
}
