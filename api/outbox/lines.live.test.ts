import { describe, expect, it } from 'vitest'
import { addChannel } from '../../test/channels.ts'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { eventually } from '../../test/eventually.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { startReceiver } from '../../test/receivers/receiver.ts'
import { startSmtpSink } from '../../test/smtp-sink.ts'
import { turn } from '../../test/telling.ts'
import { alertLanes } from '../alerts/jobs.ts'
import { startDispatcher } from './jobs.ts'
import { type Claim, claimDue, type Wish } from './store.ts'

/** More than what any claim looks at, or could: what comes after them has to be found. */
const MANY = 400

/** Workspaces with a webhook each at one receiver, by their paths. */
async function openStage() {
  const [database, sink, receiver] = [
    await openTestDatabase(),
    await startSmtpSink(),
    await startReceiver(() => ({ status: 204 })),
  ]
  const deps = testDeps(database, { SMTP_URL: sink.url, OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const goDown = (who: Watched[]) =>
    turn(
      database,
      ...who.map((each) => ({ ...each, from: 'UP', to: 'DOWN', at: Date.now() }) as const),
    )
  return {
    database,
    sink,
    receiver,
    /** Where so many monitors go down, and one webhook is told. */
    async postFrom(path: string, count: number) {
      const { workspaceId, monitors } = await watch(database, { count })
      await addChannel(deps, workspaceId, { webhook: { url: `${receiver.url}/${path}` } })
      await goDown(monitors)
      return workspaceId
    },
    /** Where so many monitors go down, of which each has a mailbox. */
    async mailFrom(host: string, count: number) {
      const { workspaceId, monitors } = await watch(database, { count })
      await database.pool.query(
        `UPDATE monitors SET alert_email = id || '@' || $2 WHERE workspace_id = $1`,
        [workspaceId, host],
      )
      await goDown(monitors)
      return workspaceId
    },
    claim: (channel: 'EMAIL' | 'WEBHOOK', wish: Partial<Wish> = {}) =>
      claimDue(
        database.pool,
        { table: 'alerts', channel },
        { most: 10, perReceiver: 2, perWorkspace: 4, held: [], ...wish },
      ),
    dispatch() {
      const dispatcher = startDispatcher(deps, alertLanes)
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.close(), receiver[Symbol.asyncDispose]()])
      await database.close()
    },
  }
}

const heldBy = (claims: Claim[]) =>
  claims.flatMap(({ receiver, workspace }) => [receiver, workspace])
const homesOf = (claims: Claim[]) => claims.map(({ workspace }) => workspace)

describe.concurrent('a line of hundreds', () => {
  it('of posts that are quick lets the next to come through at once', async () => {
    await using stage = await openStage()
    await stage.postFrom('storm', MANY)
    await stage.postFrom('quiet', 1)
    await using _ = stage.dispatch()
    const paths = () => stage.receiver.received.map(({ path }) => path)
    await eventually('the quiet one is told', () => paths().includes('/quiet'))
    expect(paths().indexOf('/quiet')).toBeLessThan(5)
  })

  it('of mails lets the next to come through at once', async () => {
    await using stage = await openStage()
    await stage.mailFrom('storm.example', MANY)
    await stage.mailFrom('quiet.example', 1)
    await using _ = stage.dispatch()
    const hosts = () => stage.sink.mails.map(({ recipient }) => recipient.split('@')[1])
    await eventually('the quiet one is told', () => hosts().includes('quiet.example'))
    expect(hosts().indexOf('quiet.example')).toBeLessThan(10)
  })
})

describe.concurrent('of those whose turn it is', () => {
  it('who has fewer sends under way comes first, however late', async () => {
    await using stage = await openStage()
    const storms = [await stage.mailFrom('a.example', 9), await stage.mailFrom('b.example', 9)]
    const held = heldBy(await stage.claim('EMAIL', { most: 4 }))
    const quiet = await stage.mailFrom('c.example', 1)
    expect(homesOf(await stage.claim('EMAIL', { most: 1, held }))).toEqual([quiet])
    const next = homesOf(await stage.claim('EMAIL', { most: 2, held }))
    expect(next.toSorted()).toEqual(storms.toSorted())
  })

  it('nobody gets more than a receiver, and a workspace, may have under way', async () => {
    await using stage = await openStage()
    const storm = await stage.mailFrom('a.example', 9)
    expect(homesOf(await stage.claim('EMAIL'))).toEqual(Array(4).fill(storm))
    expect(await stage.claim('EMAIL', { held: Array(4).fill(storm) })).toEqual([])
    expect(await stage.claim('EMAIL', { held: Array(3).fill(storm) })).toHaveLength(1)
    await stage.postFrom('a', 9)
    const [post] = await stage.claim('WEBHOOK')
    expect(await stage.claim('WEBHOOK', { held: heldBy([post!, post!]) })).toEqual([])
    expect(await stage.claim('WEBHOOK', { held: heldBy([post!]) })).toHaveLength(1)
  })
})
