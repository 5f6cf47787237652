import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../core/check.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { type Person, signUp } from '../../test/people.ts'
import { report, resultsOf } from '../../test/reports.ts'
import { reviewWithheld } from '../alerts/withholding/deeds.ts'
import { recordResults } from '../checks/deeds.ts'
import { uuidOf } from '../graphql/ids.ts'

const MINUTE_MS = 60_000
/** Once confirmed as down by default. */
const FAILING: Outcome[] = ['DOWN', 'DOWN', 'DOWN']

let app: TestServer
let alice: Person

beforeAll(async () => {
  app = await openTestServer()
  alice = await signUp(app, 'alice')
})
afterAll(() => app[Symbol.asyncDispose]())

async function ask(query: string, variables?: object) {
  const { data, errors } = await alice.ask(query, variables)
  expect(errors).toEqual([])
  return data
}

/** What is seen of it comes a minute after what was seen before. */
async function watch(name: string) {
  const data = await ask(
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
    { input: { name, kind: 'HTTP', target: 'https://shop.example' } },
  )
  const { id } = data.createMonitor.monitor
  const monitorId = uuidOf('Monitor', id)
  let fromMs = Date.now()
  const see = (...outcomes: Outcome[]) => {
    fromMs += MINUTE_MS
    return report(
      app.deps,
      monitorId,
      outcomes.map((outcome) => ({ outcome })),
      { fromMs },
    )
  }
  return {
    id: id as string,
    monitorId,
    goDown: () => see(...FAILING),
    comeUp: () => see('UP'),
    /** `DOWN WITHHELD MAINTENANCE`, in the order in which they were made. */
    async told(): Promise<string[]> {
      const query = `query ($id: ID!) { monitor(id: $id) { incidents { nodes { alerts {
        type status withheldReason } } } } }`
      const { monitor } = await ask(query, { id })
      type Told = { type: string; status: string; withheldReason: string | null }
      const incidents: { alerts: Told[] }[] = monitor.incidents.nodes
      return incidents.flatMap(({ alerts }) =>
        alerts.map(({ type, status, withheldReason }) =>
          [type, status, withheldReason].filter(Boolean).join(' '),
        ),
      )
    },
  }
}

/** Work on these monitors, from this minute on. */
async function maintain(...monitorIds: string[]): Promise<string> {
  const startsAt = new Date().toISOString().slice(0, 16)
  const data = await ask(
    `mutation ($input: CreateMaintenanceWindowInput!) {
      createMaintenanceWindow(input: $input) { maintenanceWindow { id } } }`,
    { input: { name: 'Work', startsAt, durationMinutes: 60, monitorIds } },
  )
  return data.createMaintenanceWindow.maintenanceWindow.id
}

/** As if the end of all work, and the instant of the next look, had come. */
async function reachTheEnd(): Promise<void> {
  await app.database.pool.query(
    `UPDATE maintenance_spans SET ends_at = now() - interval '1 s' WHERE ends_at > now()`,
  )
  await lookAgain()
}

async function lookAgain(): Promise<void> {
  await app.database.pool.query(
    `UPDATE alerts SET review_at = now() - interval '1 s' WHERE review_at IS NOT NULL`,
  )
  await reviewWithheld(app.deps)
}

const endWork = (id: string) =>
  ask(
    `mutation ($id: ID!) { deleteMaintenanceWindow(input: { id: $id }) { deletedMaintenanceWindowId } }`,
    { id },
  )

describe('work on a monitor', () => {
  it('withholds that it is down until the work ends, and then tells it, with why it was late', async () => {
    const shop = await watch('Shop')
    await maintain(shop.id)
    await shop.goDown()
    expect(await shop.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    const { monitor } = await ask(
      `query ($id: ID!) { monitor(id: $id) { status observedStatus
        incidents { nodes { status } } } }`,
      { id: shop.id },
    )
    expect(monitor).toMatchObject({
      status: 'MAINTENANCE',
      observedStatus: 'DOWN',
      incidents: { nodes: [{ status: 'OPEN' }] },
    })
    await reviewWithheld(app.deps)
    expect(await shop.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await reachTheEnd()
    expect(await shop.told()).toEqual(['DOWN PENDING MAINTENANCE'])
    await shop.comeUp()
    expect(await shop.told()).toEqual(['DOWN PENDING MAINTENANCE', 'UP PENDING'])
  })

  it('tells it at once where somebody ends the work early', async () => {
    const shop = await watch('Early')
    const work = await maintain(shop.id)
    await shop.goDown()
    await endWork(work)
    await reviewWithheld(app.deps)
    expect(await shop.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('tells it at the new end of work that is shortened while it goes on', async () => {
    const shop = await watch('Shortened')
    const work = await maintain(shop.id)
    await shop.goDown()
    await ask(
      `mutation ($id: ID!) { updateMaintenanceWindow(input: { id: $id, durationMinutes: 5 }) {
        maintenanceWindow { id } } }`,
      { id: work },
    )
    await reviewWithheld(app.deps)
    expect(await shop.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await reachTheEnd()
    expect(await shop.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('goes on withholding where other work goes on', async () => {
    const shop = await watch('Twice')
    const [work] = [await maintain(shop.id), await maintain(shop.id)]
    await shop.goDown()
    await endWork(work)
    await reviewWithheld(app.deps)
    expect(await shop.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
  })

  it('does not hold back that what was told before is over', async () => {
    const shop = await watch('Before')
    await shop.goDown()
    await maintain(shop.id)
    await shop.comeUp()
    expect(await shop.told()).toEqual(['DOWN PENDING', 'UP PENDING'])
  })

  it('tells nothing of what began and ended within it, and says why', async () => {
    const shop = await watch('Within')
    await maintain(shop.id)
    await shop.goDown()
    await shop.comeUp()
    expect(await shop.told()).toEqual(['DOWN WITHHELD MAINTENANCE', 'UP WITHHELD NOT_TOLD'])
    await reachTheEnd()
    expect(await shop.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
  })
})

describe('a monitor that depends on another', () => {
  async function depend() {
    const [router, shop] = [await watch('Router'), await watch('Shop')]
    await ask(
      'mutation ($input: SetMonitorParentsInput!) { setMonitorParents(input: $input) { monitor { id } } }',
      {
        input: { monitorId: shop.id, parentIds: [router.id] },
      },
    )
    return { router, shop }
  }

  /** As if the router had come up so many seconds ago. */
  const upSince = (monitorId: string, seconds: number) =>
    app.database.pool.query(
      `UPDATE incidents SET started_at = now() - interval '1 hour', resolved_at = now() - $2 * interval '1 s'
       WHERE monitor_id = $1`,
      [monitorId, seconds],
    )

  it('is told to be down if it still is a minute after the other came up, with why it was late', async () => {
    const { router, shop } = await depend()
    await router.goDown()
    await shop.goDown()
    expect(await router.told()).toEqual(['DOWN PENDING'])
    expect(await shop.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    await lookAgain()
    expect(await shop.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    await router.comeUp()
    await upSince(router.monitorId, 30)
    await lookAgain()
    expect(await shop.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    await upSince(router.monitorId, 61)
    await lookAgain()
    expect(await shop.told()).toEqual(['DOWN PENDING DEPENDENCY'])
    await shop.comeUp()
    expect(await shop.told()).toEqual(['DOWN PENDING DEPENDENCY', 'UP PENDING'])
  })

  it('is not told of where it came up with the other', async () => {
    const { router, shop } = await depend()
    await router.goDown()
    await shop.goDown()
    await router.comeUp()
    await shop.comeUp()
    await lookAgain()
    expect(await shop.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
    expect(await router.told()).toEqual(['DOWN PENDING', 'UP PENDING'])
  })

  it('is withheld also where both are found down in one batch, whichever comes first', async () => {
    const { router, shop } = await depend()
    const failing = FAILING.map((outcome) => ({ outcome }))
    const results = [shop, router].flatMap(({ monitorId }) => resultsOf(monitorId, failing))
    await recordResults(app.deps, results)
    expect(await shop.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await router.told()).toEqual(['DOWN PENDING'])
  })

  it('is told at once where it depends on nothing any more', async () => {
    const { router, shop } = await depend()
    await router.goDown()
    await shop.goDown()
    await ask(
      'mutation ($input: SetMonitorParentsInput!) { setMonitorParents(input: $input) { monitor { id } } }',
      {
        input: { monitorId: shop.id, parentIds: [] },
      },
    )
    await lookAgain()
    expect(await shop.told()).toEqual(['DOWN PENDING DEPENDENCY'])
  })
})
