import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { make } from '../../../test/making.ts'
import { gather, type Person } from '../../../test/people.ts'
import { turn } from '../../../test/telling.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'

const POLICY = `name repeats acknowledgementMinutes steps { afterMinutes channels { name } }`
const CREATE = `mutation ($input: CreateEscalationPolicyInput!) {
  createEscalationPolicy(input: $input) { escalationPolicy { id ${POLICY} } } }`
const UPDATE = `mutation ($input: UpdateEscalationPolicyInput!) {
  updateEscalationPolicy(input: $input) { escalationPolicy { ${POLICY} } } }`
const DELETE = `mutation ($input: DeleteEscalationPolicyInput!) {
  deleteEscalationPolicy(input: $input) { deletedEscalationPolicyId } }`
const SET = `mutation ($input: SetEscalationPolicyInput!) {
  setEscalationPolicy(input: $input) { monitor { escalationPolicy { name } } } }`

let app: TestServer
let alice: Person
let bob: Person
let charlie: Person
beforeAll(async () => {
  app = await openTestServer()
  ;({ alice, bob, charlie } = await gather(app))
})
afterAll(() => app[Symbol.asyncDispose]())

const channel = (name: string, person = alice) =>
  make(person, 'createChannel', 'channel', { name, webhook: { url: 'https://hooks.example/' } })
const monitor = (person = alice) =>
  make(person, 'createMonitor', 'monitor', {
    name: 'Shop',
    kind: 'HTTP',
    target: 'https://shop.example',
  })
const stepsOf = (...channelIds: string[]) => [{ afterMinutes: 5, channelIds }]
const create = (input: object, person = alice) =>
  person.ask(CREATE, { input: { name: 'Night', ...input } })
const policy = (channelId: string, person = alice) =>
  make(person, 'createEscalationPolicy', 'escalationPolicy', {
    name: 'Night',
    steps: stepsOf(channelId),
  })
const codeOf = ({ errors }: Answer) => errors[0]?.extensions.code
const pathOf = ({ errors }: Answer) => errors[0]?.extensions.issues?.[0]?.path.join('.')

it('is made, shown to viewers, changed and deleted', async () => {
  const [ops, dev] = [await channel('Ops'), await channel('Dev')]
  const steps = [...stepsOf(ops), { afterMinutes: 10, channelIds: [dev, ops] }]
  const { data } = await create({ name: ' Night ', steps, repeats: 2, acknowledgementMinutes: 30 })
  const { id, ...shown } = data.createEscalationPolicy.escalationPolicy
  const second = { afterMinutes: 10, channels: [{ name: 'Dev' }, { name: 'Ops' }] }
  const night = {
    name: 'Night',
    repeats: 2,
    acknowledgementMinutes: 30,
    steps: [{ afterMinutes: 5, channels: [{ name: 'Ops' }] }, second],
  }
  expect(shown).toEqual(night)
  const change = { id, name: 'Day', acknowledgementMinutes: null }
  const { data: changed } = await alice.ask(UPDATE, { input: change })
  const day = { ...night, name: 'Day', acknowledgementMinutes: null }
  expect(changed.updateEscalationPolicy.escalationPolicy).toEqual(day)
  const list = await bob.ask(`{ escalationPolicies { ${POLICY} } }`)
  expect(list.data.escalationPolicies).toEqual([day])
  const { data: gone } = await alice.ask(DELETE, { input: { id } })
  expect(gone.deleteEscalationPolicy).toEqual({ deletedEscalationPolicyId: id })
  expect(codeOf(await alice.ask(DELETE, { input: { id } }))).toBe('NOT_FOUND')
})

it('is set for a monitor, and taken from it', async () => {
  const policyId = await policy(await channel('Ops'))
  const monitorId = await monitor()
  const set = await alice.ask(SET, { input: { monitorId, policyId } })
  expect(set.data.setEscalationPolicy.monitor).toEqual({ escalationPolicy: { name: 'Night' } })
  const unset = await alice.ask(SET, { input: { monitorId } })
  expect(unset.data.setEscalationPolicy.monitor).toEqual({ escalationPolicy: null })
})

it('is taken from its monitors in their order where it is deleted, as they are locked everywhere', async () => {
  const policyId = await policy(await channel('Ops'))
  const monitorIds = [await monitor(), await monitor()]
  for (const monitorId of monitorIds.toReversed()) {
    await alice.ask(SET, { input: { monitorId, policyId } })
  }
  const [first, last] = monitorIds.map((id) => uuidOf('Monitor', id))
  const LOCK = 'SELECT FROM monitors WHERE id = $1 FOR NO KEY UPDATE NOWAIT'
  let deleting: Promise<Answer> | undefined
  await inTransaction(app.database, async (tx) => {
    await tx.query(LOCK, [first])
    deleting = alice.ask(DELETE, { input: { id: policyId } })
    await untilSomebodyWaits(app.database)
    await tx.query(LOCK, [last])
  })
  expect((await deleting)?.errors).toEqual([])
})

it('is refused with what is another workspace’s', async () => {
  const [mine, theirs] = [await channel('Ops'), await channel('Ops', charlie)]
  const [own, strange] = [await policy(mine), await policy(theirs, charlie)]
  const [monitorId, away] = [await monitor(), await monitor(charlie)]
  const codes = [
    await create({ steps: stepsOf(mine, theirs) }),
    await alice.ask(UPDATE, { input: { id: own, steps: stepsOf(theirs) } }),
    await alice.ask(UPDATE, { input: { id: strange, name: 'Mine' } }),
    await alice.ask(DELETE, { input: { id: strange } }),
    await alice.ask(SET, { input: { monitorId, policyId: strange } }),
    await alice.ask(SET, { input: { monitorId: away, policyId: own } }),
  ].map(codeOf)
  expect(codes).toEqual(Array(6).fill('NOT_FOUND'))
  expect(codeOf(await create({ steps: stepsOf(mine) }, bob))).toBe('FORBIDDEN')
})

it('names the rule that it breaks', async () => {
  const ops = await channel('Ops')
  const paths = [
    await create({ name: ' ', steps: stepsOf(ops) }),
    await create({ steps: [] }),
    await create({ steps: stepsOf() }),
    await create({ steps: stepsOf(ops, ops) }),
    await create({ steps: [{ afterMinutes: 1_441, channelIds: [ops] }] }),
    await create({ steps: stepsOf(ops), acknowledgementMinutes: 0 }),
    await create({ steps: [{ afterMinutes: 0, channelIds: [ops] }], repeats: 1 }),
  ].map(pathOf)
  const step = 'steps.0.channelIds'
  const waits = 'steps.0.afterMinutes'
  expect(paths).toEqual(['name', 'steps', step, step, waits, 'acknowledgementMinutes', 'repeats'])
})

it('says of an incident when others are told, and whether anybody was', async () => {
  const monitorId = await monitor()
  await alice.ask(SET, { input: { monitorId, policyId: await policy(await channel('Ops')) } })
  const place = {
    monitorId: uuidOf('Monitor', monitorId),
    workspaceId: alice.workspaceId,
  }
  await turn(app.database, { ...place, from: 'UP', to: 'DOWN', at: Date.now() })
  const ask = async () => {
    const { data } = await bob.ask(
      `query ($id: ID!) { monitor(id: $id) { incidents { nodes { escalatesAt acknowledgementEndsAt telling } } } }`,
      { id: monitorId },
    )
    return data.monitor.incidents.nodes[0]
  }
  const soon = expect.stringMatching(/^20/)
  expect(await ask()).toEqual({
    escalatesAt: soon,
    acknowledgementEndsAt: null,
    telling: 'PENDING',
  })
  const become = (status: string) =>
    app.database.pool.query(
      `UPDATE alerts SET status = $1::delivery_status, sent_at = CASE WHEN $1 = 'SENT' THEN now() END,
         review_at = NULL`,
      [status],
    )
  for (const [status, telling] of [
    ['SENT', 'TOLD'],
    ['WITHHELD', 'WITHHELD'],
    ['FAILED', 'NOBODY'],
  ] as const) {
    await become(status)
    expect(await ask()).toMatchObject({ telling })
  }
})
