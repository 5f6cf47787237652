import { describe, expect, test } from 'vitest'
import type { FailpointName } from '../../api/platform/failpoint.ts'
import { type Received, startReceiver } from '../receivers/receiver.ts'
import { signUp } from '../rig/graphql.ts'
import { keepServer } from '../rig/kept-server.ts'
import { type Arrived, consult } from '../rig/oracle.ts'
import { createCast, everythingRun, everythingTold, RECIPIENT, turn } from '../rig/play.ts'
import { openStage } from '../rig/stage.ts'
import { full } from '../size.ts'

const KILLS = full ? 100 : 2
const MONITORS = 3
const TIMEOUT_MS = full ? 1_800_000 : 300_000
/** Sends that one kill may cut off: of a workspace four in the lane of mails and that of digests, to a webhook two. */
const UNDER_WAY = 4 + 4 + 2

/** In the middle of a post the receiver does it: it has taken the post, and the server does not know. */
type Point = FailpointName | 'mid-post'

const points: Point[] = [
  'after-claim',
  'after-probe',
  'in-decision-transaction',
  'after-decision-commit',
  'after-alert-claim',
  'mid-send',
  'mid-post',
  'after-send-accepted',
]

describe('a server killed again and again loses nothing and doubles nothing', () => {
  test.concurrent.each(points)(
    '%s',
    async (point) => {
      const doom = createDoom(point)
      await using stage = await openStage()
      await using receiver = await startReceiver(() => {
        if (doom.hasCome()) void kept.kill()
        return { status: 204 }
      })
      await using kept = await keepServer(stage, doom.next)
      const alice = await signUp(kept.url, RECIPIENT)
      await alice.ask(CREATE_CHANNEL, { url: receiver.url })
      const channel = new URL(receiver.url).host
      const play = { ...(await createCast(alice, stage, MONITORS)), channels: [channel] }
      await kept.kill()
      while (kept.kills() <= KILLS || play.statuses.length < 3) await turn(stage, alice, play)
      await everythingTold(stage)
      await everythingRun(stage, play.slots)
      await kept.stop()

      const posts = receiver.received.map((post) => arrivalOf(post, channel))
      const arrivals = [...stage.sink.mails, ...posts]
      const { faults, ...counts } = await consult(stage.database.pool, play, arrivals)
      const kills = kept.kills() - 1
      expect(faults).toEqual([])
      expect(counts.digests).toBeGreaterThan(0)
      expect(counts.wireDuplicates).toBeLessThanOrEqual(kills * UNDER_WAY)
      if (point === 'mid-post') expect(repeats(posts)).toBeGreaterThanOrEqual(KILLS)
      tell(point, { kills, slots: play.slots.length, ...counts })
    },
    TIMEOUT_MS,
  )
})

const CREATE_CHANNEL = `mutation ($url: String!) {
  createChannel(input: { name: "Ops", webhook: { url: $url } }) { channel { id } } }`

/** The first to start lives until everybody is on stage; the n-th after it dies at the n-th passing, 1 to 4. */
function createDoom(point: Point) {
  let postsLeft = Infinity
  return {
    /** For the next to start, after so many kills. */
    next(kills: number): string | null {
      const passing = kills > 0 && kills <= KILLS ? 1 + (kills % 4) : Infinity
      postsLeft = point === 'mid-post' ? passing : Infinity
      return point === 'mid-post' || passing === Infinity ? null : `${point}:${passing}`
    },
    /** Asked at every post. */
    hasCome(): boolean {
      postsLeft -= 1
      return postsLeft === 0
    },
  }
}

function arrivalOf({ headers }: Received, recipient: string): Arrived {
  return { messageId: String(headers['webhook-id']), recipient }
}

function repeats(arrivals: Arrived[]): number {
  return arrivals.length - new Set(arrivals.map(({ messageId }) => messageId)).size
}

function tell(point: string, counts: object): void {
  if (full) console.log(`killed ${point}:`, JSON.stringify(counts))
}
