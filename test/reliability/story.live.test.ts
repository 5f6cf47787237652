import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { createMonitor, signUp } from '../rig/graphql.ts'
import { readUptime, seenAs, type SeenMonitor } from '../rig/monitor.ts'
import { openStage } from '../rig/stage.ts'

const MINUTE_MS = 60_000
const RECIPIENT = 'alice@pharos.example'

test(
  'a site is watched, goes down, is told of, comes back, and every second is accounted for',
  async () => {
    await using stage = await openStage()
    const server = await stage.start()
    const alice = await signUp(() => server.url!, RECIPIENT)
    const target = stage.target.urlOf('shop')
    const id = await createMonitor(alice, { name: 'Shop', target, intervalSeconds: 10 })

    const up = await seenAs(alice, id, 'UP', MINUTE_MS)
    const first = { outcome: 'UP', httpStatus: 200, phases: PLAIN_HTTP_PHASES }
    expect(up.checks.at(-1)).toMatchObject(first)

    await stage.target.shut()
    const down = await seenAs(alice, id, 'DOWN', MINUTE_MS)
    const startedAt = firstOf(down, 'DOWN')
    expect(down.incidents).toMatchObject([{ kind: 'DOWN', status: 'OPEN', startedAt }])
    await eventually('a mail says so', () => stage.sink.mails.length === 1)

    await stage.target.reopen()
    const again = await seenAs(alice, id, 'UP', MINUTE_MS)
    const resolvedAt = firstOf(again, 'UP', startedAt)
    const lastedMs = Date.parse(resolvedAt) - Date.parse(startedAt)
    const secondsToResolve = Math.round(lastedMs / 1_000)
    const over = { status: 'RESOLVED', startedAt, resolvedAt, secondsToResolve }
    expect(again.incidents).toMatchObject([over])
    await eventually('a second mail says so', () => stage.sink.mails.length === 2)
    expect(stage.sink.mails).toMatchObject([{ recipient: RECIPIENT }, { recipient: RECIPIENT }])
    await eventually('both alerts are sent', async () => {
      const { incidents } = await seenAs(alice, id, 'UP', MINUTE_MS)
      return incidents[0]?.alerts.every((alert) => alert.status === 'SENT')
    })

    const window = { from: again.createdAt, to: new Date().toISOString() }
    const parts = await readUptime(alice, id, window)
    expect(parts.downSeconds).toBe(lastedMs / 1_000)
    expect(sumMs(parts)).toBe(Date.parse(window.to) - Date.parse(window.from))
    expect(await server.stop()).toMatchObject({ code: 0 })
  },
  2 * MINUTE_MS,
)

/** An address needs no resolving, and http no handshake: what was not there is null, never 0. */
const PLAIN_HTTP_PHASES = {
  resolveMs: null,
  connectMs: expect.any(Number),
  tlsMs: null,
  processingMs: expect.any(Number),
  transferMs: expect.any(Number),
}

/** When the first check of this outcome ran, of those after an instant. */
function firstOf({ checks }: SeenMonitor, outcome: string, after = ''): string {
  const first = checks.findLast((check) => check.outcome === outcome && check.checkedAt > after)
  return first?.checkedAt ?? 'never'
}

function sumMs(parts: Record<string, number>): number {
  return Object.values(parts).reduce((sum, seconds) => sum + Math.round(seconds * 1_000), 0)
}
