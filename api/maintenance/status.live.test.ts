import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { follow } from '../../test/followers.ts'
import { statementsOf } from '../../test/statements.ts'
import { uuidOf } from '../graphql/ids.ts'
import { tellTurns } from './spans/deeds.ts'
import { HOUR_MS, NOON, openWindowStage, type WindowStage } from './testing/stage.ts'

let stage: WindowStage

beforeAll(async () => {
  stage = await openWindowStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.clear())

/** Of changes of status, in order. */
async function turned(): Promise<number> {
  const { rows } = await stage.app.database.pool.query(
    'SELECT count(*)::int AS changes FROM changes WHERE has_new_status',
  )
  return rows[0].changes
}

describe('while work goes on', () => {
  it('monitors show it, in lists and filters too, and what is beneath stays visible', async () => {
    const [shop, blog] = [await stage.addMonitor('Shop'), await stage.addMonitor('Blog')]
    await stage.alice.ask(
      'mutation ($id: ID!) { pauseMonitor(input: { id: $id }) { monitor { id } } }',
      { id: await stage.addMonitor('Paused') },
    )
    await stage.app.database.pool.query(`UPDATE monitors SET status = 'DOWN' WHERE id = $1`, [
      uuidOf('Monitor', shop),
    ])
    expect(await stage.shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop DOWN'])
    const { id } = await stage.create({ monitorIds: [shop] })
    expect(await stage.shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop MAINTENANCE'])
    expect(await stage.shown({ status: ['MAINTENANCE'] })).toEqual(['Shop MAINTENANCE'])
    expect(await stage.shown({ status: ['DOWN'] })).toEqual([])
    expect(
      await stage.shown({ status: ['DOWN', 'MAINTENANCE', 'PENDING'], search: 'shop' }),
    ).toHaveLength(2)
    await stage.update({ id, monitorIds: null })
    expect(await stage.shown({ status: ['MAINTENANCE'] })).toEqual([
      'Blog MAINTENANCE',
      'Shop MAINTENANCE',
    ])
    expect(await stage.shown({ status: ['PAUSED', 'PENDING'] })).toEqual(['Paused PAUSED'])
    const { data } = await stage.bob.ask(
      `query ($id: ID!) { monitor(id: $id) { status observedStatus maintenance {
        startsAt endsAt isActive window { name } } } }`,
      { id: shop },
    )
    expect(data.monitor).toEqual({
      status: 'MAINTENANCE',
      observedStatus: 'DOWN',
      maintenance: {
        startsAt: '2026-11-20T11:30:00.000Z',
        endsAt: '2026-11-20T12:30:00.000Z',
        isActive: true,
        window: { name: 'Work' },
      },
    })
    stage.clock.nowMs = NOON + HOUR_MS / 2
    expect(await stage.shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop DOWN'])
    expect(blog).not.toBe(shop)
  })

  it.each([
    ['before it begins', '2026-11-20T11:29:59.999Z', 'PENDING'],
    ['as it begins', '2026-11-20T11:30:00.000Z', 'MAINTENANCE'],
    ['before it ends', '2026-11-20T12:29:59.999Z', 'MAINTENANCE'],
    ['as it ends', '2026-11-20T12:30:00.000Z', 'PENDING'],
  ])('%s the status is right to the millisecond', async (_, at, status) => {
    await stage.addMonitor('Shop')
    await stage.create({})
    stage.clock.nowMs = Date.parse(at)
    expect(await stage.shown()).toEqual([`Shop ${status}`])
  })

  it('of several windows the one that ends last is told, and else the next', async () => {
    await stage.addMonitor('Shop')
    await stage.create({ name: 'Short', durationMinutes: 31 })
    await stage.create({ name: 'Long', durationMinutes: 90 })
    await stage.create({ name: 'Next', startsAt: '2026-11-20T14:00' })
    const told = async () => {
      const { data } = await stage.bob.ask(
        '{ monitors { nodes { maintenance { isActive window { name } } } } }',
      )
      const { maintenance } = data.monitors.nodes[0]
      return maintenance && `${maintenance.window.name} ${maintenance.isActive}`
    }
    expect(await told()).toBe('Long true')
    stage.clock.nowMs = Date.parse('2026-11-20T13:00:00Z')
    expect(await told()).toBe('Next false')
    stage.clock.nowMs = Date.parse('2026-11-20T15:00:00Z')
    expect(await told()).toBeNull()
  })

  it('a list costs one statement more, however many monitors there are', async () => {
    const count = async (fields: string) => {
      const ask = () => stage.bob.ask(`{ monitors { nodes { ${fields} } } }`)
      return (await statementsOf(stage.app.database.pool, ask)).length
    }
    for (let i = 0; i < 5; i += 1) await stage.addMonitor(`Shop ${i}`)
    await stage.create({})
    const plain = await count('id')
    expect(await count('status')).toBe(plain + 1)
    expect(await count('status maintenance { window { name } }')).toBe(plain + 3)
  })

  it('whoever follows is told when it begins and when it ends', async () => {
    await stage.addMonitor('Shop')
    await stage.create({ startsAt: '2026-11-20T12:10', durationMinutes: 30 })
    const query = 'subscription { monitorStatusChanged { name status } }'
    using follower = await follow('sse', stage.app, { query, token: stage.bob.token })
    const heard = async () => (await follower.hear()).data.monitorStatusChanged.status
    stage.clock.nowMs = NOON + HOUR_MS / 6
    await tellTurns(stage.app.deps)
    expect(await heard()).toBe('MAINTENANCE')
    stage.clock.nowMs = NOON + (HOUR_MS * 2) / 3
    await tellTurns(stage.app.deps)
    expect(await heard()).toBe('PENDING')
  })

  it('whoever follows is told of what a change of the window turns at once', async () => {
    const [shop, blog] = [await stage.addMonitor('Shop'), await stage.addMonitor('Blog')]
    const before = await turned()
    const { id } = await stage.create({ monitorIds: [shop] })
    expect(await turned()).toBe(before + 1)
    await stage.update({ id, monitorIds: [shop, blog] })
    expect(await turned()).toBe(before + 2)
    await stage.update({ id, name: 'Other' })
    expect(await turned()).toBe(before + 2)
    await stage.update({ id, startsAt: '2026-11-20T18:00' })
    expect(await turned()).toBe(before + 4)
    await stage.remove({ id, keepsPast: false })
    expect(await turned()).toBe(before + 4)
  })
})
