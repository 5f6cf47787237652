import { describe, expect, test } from 'vitest'
import { HOLD_MS } from '../core/health.ts'
import { eventually } from '../test/eventually.ts'
import { pickPort } from '../test/rig/ports.ts'
import { createChecker } from './check.ts'
import { guardChecker } from './health.ts'
import { policyOf, requestFor } from './testing/request.ts'
import { startHttpTarget, startTcpTarget, type TestTarget } from './testing/target.ts'

/** And not held back. */
const AT_ONCE_MS = HOLD_MS - 500
/** Of a target that is silent, and of one that need not be. */
const TIMEOUTS_MS = { silent: 200, sound: 5_000 }

describe.concurrent('a probe', () => {
  test('asks no reference twice while its checks succeed', async () => {
    await using scene = await openScene()
    for (let checks = 0; checks < 20; checks += 1) await scene.check('sound')
    expect(scene.references.accepted()).toBe(1)
  })

  test('tells a failure at once while a reference answers, and as it is', async () => {
    await using scene = await openScene()
    const from = performance.now()
    expect(await scene.check('silent')).toMatchObject({ outcome: 'DOWN', errorKind: 'TIMEOUT' })
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS)
    expect(scene.guarded.unhealthySince()).toBeNull()
  })

  test('without references believes what it sees', async () => {
    await using scene = await openScene({ hasReferences: false })
    const from = performance.now()
    expect(await scene.check('silent')).toMatchObject({ outcome: 'DOWN' })
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS)
  })

  test('whose network is gone says nothing of its targets, until a reference answers again', async () => {
    await using scene = await openScene()
    const from = Date.now()
    const { port } = scene.references
    await scene.references[Symbol.asyncDispose]()
    const held = await eventually('a check is doubted', async () => {
      const finding = await scene.check('silent')
      return finding.outcome === 'UNKNOWN' && finding
    })
    expect(held).toMatchObject({
      errorKind: 'PROBE_FAILURE',
      message: expect.stringMatching(/network is gone.*1 of 1 hosts.*did not answer in time/),
    })
    expect(scene.guarded.unhealthySince()).toBeGreaterThan(from)

    const next = performance.now()
    expect(await scene.check('silent')).toMatchObject({ outcome: 'UNKNOWN' })
    expect(performance.now() - next).toBeLessThan(AT_ONCE_MS)

    await using _back = await startTcpTarget(() => {}, { port })
    await eventually('it has recovered', () => scene.guarded.unhealthySince() === null)
    expect(await scene.check('silent')).toMatchObject({ outcome: 'DOWN' })
  })

  test('that reaches most of its hosts believes them rather than its references', async () => {
    await using scene = await openScene()
    await scene.references[Symbol.asyncDispose]()
    await eventually('a failure was held back and told', async () => {
      let isTold = false
      const from = performance.now()
      const failing = scene.check('silent').finally(() => (isTold = true))
      await eventually('it is told', async () => {
        await Promise.all(['127.0.0.2', '127.0.0.3'].map((host) => scene.check('sound', host)))
        return isTold
      })
      expect(await failing).toMatchObject({ outcome: 'DOWN' })
      return performance.now() - from > HOLD_MS
    })
    const from = performance.now()
    expect(await scene.check('silent')).toMatchObject({ outcome: 'DOWN' })
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS)
    expect(scene.guarded.unhealthySince()).toBeNull()
  })
})

/** A sound target, one that never answers, one reference that answers, and a guarded checker that has asked it. */
async function openScene({ hasReferences = true } = {}) {
  await using opening = new AsyncDisposableStack()
  const sound = opening.use(await startHttpTarget((_, response) => response.end('ok'), ANY_HOST))
  const silent = opening.use(await startTcpTarget(() => {}, ANY_HOST))
  const references = opening.use(await startTcpTarget(() => {}, { port: await pickPort() }))
  const guarded = guardChecker(createChecker({ policy: policyOf('127.0.0.0/8') }), {
    references: hasReferences ? [{ host: '127.0.0.1', port: references.port }] : [],
    now: Date.now,
  })
  opening.defer(() => guarded.stop())
  if (hasReferences) await eventually('it knows', () => guarded.unhealthySince() === null)
  const targets = { sound, silent } satisfies Record<string, TestTarget>
  const open = opening.move()
  return {
    guarded,
    references,
    check(target: keyof typeof targets, host = '127.0.0.1') {
      const url = `http://${host}:${targets[target].port}`
      return guarded.run(requestFor(url, { timeoutMs: TIMEOUTS_MS[target] }))
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const ANY_HOST = { host: '0.0.0.0' }
