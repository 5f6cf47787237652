import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/check.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { type Person, signUp } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { reviewWithheld } from '../../alerts/withholding/deeds.ts'
import { uuidOf } from '../../graphql/ids.ts'

const DAY_SECONDS = 86_400

let app: TestServer
let alice: Person

beforeAll(async () => {
  app = await openTestServer()
  alice = await signUp(app, 'alice')
})
afterAll(() => app[Symbol.asyncDispose]())

async function made(name: string): Promise<{ id: string; key: string }> {
  const { data } = await alice.ask(
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
    { input: { name, kind: 'TCP', target: 'shop.example:443', intervalSeconds: DAY_SECONDS } },
  )
  const { id } = data.createMonitor.monitor
  return { id, key: uuidOf('Monitor', id) }
}

/** A shop behind a router; both were well a moment ago, and are looked at once a day. */
async function openStage() {
  const [router, shop] = [await made('Router'), await made('Shop')]
  await alice.ask(
    'mutation ($input: SetMonitorParentsInput!) { setMonitorParents(input: $input) { monitor { id } } }',
    { input: { monitorId: shop.id, parentIds: [router.id] } },
  )
  let fromMs = Date.now()
  const see = (key: string, ...outcomes: Outcome[]) => {
    fromMs += 10_000
    const seen = outcomes.map((outcome) => ({ outcome }))
    return report(app.deps, key, seen, { fromMs })
  }
  await see(router.key, 'UP')
  await see(shop.key, 'UP')
  const { pool, prisma } = app.database
  await pool.query(`UPDATE assignments SET claimable_at = now() + interval '1 day'`)
  return {
    see,
    router: router.key,
    shop: shop.key,
    async planned(monitorId: string) {
      const [run] = await prisma.assignment.findMany({ where: { monitorId } })
      const inMs = run!.claimableAt!.getTime() - Date.now()
      return `attempt ${run!.attempt} ${inMs <= 60_000 ? 'soon' : 'in time'}`
    },
    async told(monitorId: string) {
      const alerts = await prisma.alert.findMany({
        where: { monitorId },
        orderBy: { position: 'asc' },
      })
      return alerts.map(({ type, status, withheldReason }) =>
        [type, status, withheldReason].filter(Boolean).join(' '),
      )
    },
    /** As if the instant of the next look had come. */
    async review() {
      await pool.query(
        `UPDATE alerts SET review_at = now() - interval '1 s' WHERE review_at IS NOT NULL`,
      )
      await reviewWithheld(app.deps)
    },
    /** As if the outage of a monitor had been known for so long. */
    knownFor: (monitorId: string, seconds: number) =>
      pool.query(
        `UPDATE incidents SET created_at = now() - $2 * interval '1 s' WHERE monitor_id = $1`,
        [monitorId, seconds],
      ),
  }
}

describe.sequential('what a monitor depends on', () => {
  it('is looked at soon after that fails once, and in its own time after it is well', async () => {
    const stage = await openStage()
    expect(await stage.planned(stage.router)).toBe('attempt 0 in time')
    await stage.see(stage.shop, 'UP')
    expect(await stage.planned(stage.router)).toBe('attempt 0 in time')
    await stage.see(stage.shop, 'DOWN')
    expect(await stage.planned(stage.router)).toBe('attempt 1 soon')
    expect(await stage.planned(stage.shop)).toBe('attempt 0 in time')
  })

  it('is waited for: the outage is told once it is found well', async () => {
    const stage = await openStage()
    await stage.see(stage.shop, 'DOWN', 'DOWN', 'DOWN')
    expect(await stage.told(stage.shop)).toEqual(['DOWN WITHHELD PARENT_CHECK'])
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN WITHHELD PARENT_CHECK'])
    await stage.see(stage.router, 'UP')
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN PENDING PARENT_CHECK'])
  })

  it('holds nobody up where it was looked at since the outage began', async () => {
    const stage = await openStage()
    await stage.see(stage.shop, 'DOWN', 'DOWN')
    await stage.see(stage.router, 'UP')
    await stage.see(stage.shop, 'DOWN')
    expect(await stage.told(stage.shop)).toEqual(['DOWN PENDING'])
  })

  it('keeps the outage back where it is found down seconds later', async () => {
    const stage = await openStage()
    await stage.see(stage.shop, 'DOWN', 'DOWN', 'DOWN')
    await stage.see(stage.router, 'DOWN', 'DOWN')
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN WITHHELD PARENT_CHECK'])
    await stage.see(stage.router, 'DOWN')
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await stage.told(stage.router)).toEqual(['DOWN PENDING'])
  })

  it('is waited for no longer than 45 s', async () => {
    const stage = await openStage()
    await stage.see(stage.shop, 'DOWN', 'DOWN', 'DOWN')
    await stage.knownFor(stage.shop, 45)
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN PENDING PARENT_CHECK'])
  })

  it('is down also while nobody can see it any more', async () => {
    const stage = await openStage()
    await stage.see(stage.router, 'DOWN', 'DOWN', 'DOWN')
    await stage.see(stage.shop, 'DOWN', 'DOWN', 'DOWN')
    await stage.see(stage.router, 'UNKNOWN', 'UNKNOWN', 'UNKNOWN')
    const { status } = await app.database.prisma.monitor.findUniqueOrThrow({
      where: { id: stage.router },
    })
    expect(status).toBe('UNKNOWN')
    await stage.review()
    expect(await stage.told(stage.shop)).toEqual(['DOWN WITHHELD DEPENDENCY'])
  })
})
