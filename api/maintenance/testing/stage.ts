import { expect } from 'vitest'
import { openTestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'

export const HOUR_MS = 3_600_000
export const NOON = Date.parse('2026-11-20T12:00:00Z')

const FIELDS =
  'id name timeZone startsAt durationMinutes rrule isForAll monitors { name } spans { startsAt endsAt isActive }'
export const CREATE = `mutation ($input: CreateMaintenanceWindowInput!) {
  createMaintenanceWindow(input: $input) { maintenanceWindow { ${FIELDS} } } }`
export const UPDATE = `mutation ($input: UpdateMaintenanceWindowInput!) {
  updateMaintenanceWindow(input: $input) { maintenanceWindow { ${FIELDS} } } }`
const DELETE = `mutation ($input: DeleteMaintenanceWindowInput!) {
  deleteMaintenanceWindow(input: $input) { deletedMaintenanceWindowId } }`

export const once = { name: 'Work', startsAt: '2026-11-20T11:30', durationMinutes: 60 }
export const daily = { ...once, rrule: 'FREQ=DAILY' }

export type WindowStage = Awaited<ReturnType<typeof openWindowStage>>

/** Alice, who makes windows and monitors, Bob and Charlie, at an instant that a test sets. */
export async function openWindowStage() {
  const clock = { nowMs: NOON, now: () => clock.nowMs }
  const app = await openTestServer({ deps: { clock } })
  const people = await gather(app)
  const { alice, bob } = people
  return {
    ...people,
    app,
    clock,
    /** Noon again, and nothing there. */
    async clear() {
      clock.nowMs = NOON
      await app.database.pool.query('TRUNCATE maintenance_windows, monitors CASCADE')
    },
    async create(input: object) {
      const data = await taken(alice, CREATE, { input: { ...once, ...input } })
      return data.createMaintenanceWindow.maintenanceWindow
    },
    async update(input: object) {
      const data = await taken(alice, UPDATE, { input })
      return data.updateMaintenanceWindow.maintenanceWindow
    },
    remove: (input: object) => alice.ask(DELETE, { input }),
    addMonitor: (name: string, person = alice) => addMonitor(person, name),
    /** `Shop MAINTENANCE`, in the order of their names. */
    shown: (filter: object = {}) => shownTo(bob, filter),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

async function addMonitor(person: Person, name: string): Promise<string> {
  const data = await taken(
    person,
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
    { input: { name, kind: 'HTTP', target: 'https://shop.example' } },
  )
  return data.createMonitor.monitor.id
}

async function shownTo(person: Person, filter: object): Promise<string[]> {
  const data = await taken(
    person,
    `query ($filter: MonitorFilter) {
      monitors(filter: $filter, orderBy: NAME) { totalCount nodes { name status } } }`,
    { filter },
  )
  const { nodes, totalCount } = data.monitors
  expect(nodes).toHaveLength(totalCount)
  return nodes.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)
}

/** What came of it, which is no refusal. */
async function taken({ ask }: Person, query: string, variables: object) {
  const { data, errors } = await ask(query, variables)
  expect(errors).toEqual([])
  return data
}
