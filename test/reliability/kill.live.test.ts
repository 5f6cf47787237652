import { describe, expect, test } from 'vitest'
import type { FailpointName } from '../../api/platform/failpoint.ts'
import { startReceiver } from '../receivers/receiver.ts'
import { signUp } from '../rig/graphql.ts'
import { keepServer } from '../rig/kept-server.ts'
import { consult } from '../rig/oracle.ts'
import { createCast, everythingRun, everythingTold, RECIPIENT, turn } from '../rig/play.ts'
import { openStage } from '../rig/stage.ts'
import { full } from '../size.ts'

const KILLS = full ? 100 : 2
const MONITORS = 3
const TIMEOUT_MS = full ? 1_800_000 : 120_000

const points: FailpointName[] = [
  'after-claim',
  'after-probe',
  'in-decision-transaction',
  'after-decision-commit',
  'after-alert-claim',
  'mid-send',
  'after-send-accepted',
]

describe('a server killed again and again loses nothing and doubles nothing', () => {
  test.concurrent.each(points)(
    '%s',
    async (point) => {
      await using stage = await openStage()
      await using receiver = await startReceiver(() => ({ status: 204 }))
      // The first to start lives until everybody is on stage; the n-th after it dies at the n-th passing, 1 to 4.
      await using kept = await keepServer(stage, (kills) =>
        kills > 0 && kills <= KILLS ? `${point}:${1 + (kills % 4)}` : null,
      )
      const alice = await signUp(kept.url, RECIPIENT)
      await alice.ask(CREATE_CHANNEL, { url: receiver.url })
      const channel = new URL(receiver.url).host
      const play = { ...(await createCast(alice, stage, MONITORS)), channels: [channel] }
      await kept.kill()
      while (kept.kills() <= KILLS || play.statuses.length < 3) await turn(stage, alice, play)
      await everythingTold(stage)
      await everythingRun(stage, play.slots)
      await kept.stop()

      const posts = receiver.received.map(({ headers }) => ({
        messageId: String(headers['webhook-id']),
        recipient: channel,
      }))
      const arrivals = [...stage.sink.mails, ...posts]
      const { faults, ...counts } = await consult(stage.database.pool, play, arrivals)
      expect(faults).toEqual([])
      tell(point, { kills: kept.kills() - 1, slots: play.slots.length, ...counts })
    },
    TIMEOUT_MS,
  )
})

const CREATE_CHANNEL = `mutation ($url: String!) {
  createChannel(input: { name: "Ops", webhook: { url: $url } }) { channel { id } } }`

function tell(point: string, counts: object): void {
  if (full) console.log(`killed ${point}:`, JSON.stringify(counts))
}
