import { expect, inject, test } from 'vitest'
import { eventually } from './eventually.ts'
import { type Follower, follow, transports } from './followers.ts'
import { createMonitor, signUp } from './rig/graphql.ts'
import { nudge } from './rig/leases.ts'
import { openStage, type Stage } from './rig/stage.ts'

const RECIPIENT = 'alice@pharos.example'
const CHANGES = `subscription { changes { kind action node {
  ... on Monitor { monitor: status } ... on Incident { incident: status } ... on Alert { alert: status } } } }`

const REDIS: [string, Record<string, string>][] = [
  ['over Redis', { REDIS_URL: inject('redisUrl') }],
  ['without Redis', {}],
]

test.each(REDIS)(
  'what the scheduler decides and the dispatcher sends is heard at the web process, %s',
  async (_how, variables) => {
    await using stage = await openStage()
    const [web] = await Promise.all(
      ['web', 'scheduler', 'dispatcher'].map((roles) => stage.start({ roles, variables })),
    )
    const alice = await signUp(() => web!.url!, RECIPIENT)
    await createMonitor(alice, { name: 'Shop', target: stage.target.urlOf('shop'), ...AT_ONCE })
    await checked(stage, 1)
    const asked = { query: CHANGES, token: alice.token }
    const followers = await Promise.all(
      transports.map((transport) => follow(transport, { url: web!.url! }, asked)),
    )
    await eventually('all listen', async () =>
      (await (await fetch(`${web!.url}/metrics`)).text()).includes('pharos_subscriptions 2\n'),
    )

    stage.target.become('down')
    await nudge(stage.database.pool)
    for (const follower of followers) {
      expect(await hear(follower, 4)).toEqual([
        'MONITOR UPDATED, it is DOWN',
        'INCIDENT CREATED, it is OPEN',
        expect.stringMatching(/^ALERT CREATED, it is (PENDING|SENT)$/),
        'ALERT UPDATED, it is SENT',
      ])
      follower[Symbol.dispose]()
    }
    expect(stage.sink.mails).toHaveLength(1)
  },
)

/** One check turns it, and none is due by itself. */
const AT_ONCE = { intervalSeconds: 3_600, failureThreshold: 1 }

async function checked({ database }: Stage, times: number): Promise<void> {
  await eventually('it was checked', async () => {
    const { rowCount } = await database.pool.query('SELECT FROM checks')
    return rowCount === times
  })
}

/** Evidence of the incident is taken meanwhile, and told whenever that is done. */
async function hear(follower: Follower, count: number): Promise<string[]> {
  const heard: string[] = []
  while (heard.length < count) {
    const { kind, action, node } = (await follower.hear()).data.changes
    if (kind === 'INCIDENT' && action === 'UPDATED') continue
    heard.push(`${kind} ${action}, it is ${node.monitor ?? node.incident ?? node.alert}`)
  }
  return heard
}
