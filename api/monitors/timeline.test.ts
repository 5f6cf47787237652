import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  currentVote,
  firstDifferenceAt,
  foldObservation,
  newTrack,
  placeOf,
  refoldTrack,
  silenceTrack,
  voteChanges,
  type RegionTrack,
} from '../../core/region.ts'
import type { Observation, RegionPolicy } from '../../core/view.ts'
import type { Vote, VoteChange } from '../../core/vote.ts'
import { arrivals, type Arrival } from '../../test/arrivals.ts'
import { full } from '../../test/size.ts'
import type { ConsensusPolicy } from './consensus.ts'
import {
  deriveTransitions,
  recompute,
  reviseTransitions,
  type Status,
  type Transition,
} from './timeline.ts'

const numRuns = full ? 10_000 : 300

const alone: ConsensusPolicy = { regionsAssigned: 1, quorum: null }

/** "UP@5 DOWN@90<30": DOWN known at 90, since 30. */
function changes(words: string): VoteChange[] {
  return words.split(' ').map((word) => {
    const [vote, at, since = at] = word.split(/[@<]/)
    return { vote: vote as Vote, at: Number(at), since: Number(since), reason: word, cause: null }
  })
}

function tracksOf(regions: Record<string, string>) {
  return Object.entries(regions).map(([region, words]) => ({ region, changes: changes(words) }))
}

function inWords(transitions: Transition[]): string {
  return transitions.map(({ to, at, decidedAt }) => `${to}@${decidedAt}<${at}`).join(' ')
}

const unvoted = { status: 'PENDING' as Status, at: 0 }

describe('transitions', () => {
  const rows: [sentence: string, regions: Record<string, string>, transitions: string][] = [
    ['there are none before the first vote', { local: 'PENDING@0' }, ''],
    [
      'one region leads',
      { local: 'PENDING@0 UP@5 DOWN@90<30 UP@120' },
      'UP@5<5 DOWN@90<30 UP@120<120',
    ],
    [
      'two of three regions lead, from the second',
      { a: 'PENDING@0 UP@5 DOWN@60<40', b: 'PENDING@0 UP@7 DOWN@70<35', c: 'PENDING@0 UP@9' },
      'UP@7<7 DOWN@70<40',
    ],
    [
      'all changes of one instant count together',
      { a: 'PENDING@0 UP@5 DOWN@60<50', b: 'PENDING@0 UP@5 DOWN@60<55' },
      'UP@5<5 DOWN@60<55',
    ],
    [
      'one of two falling silent leaves nobody to decide',
      { a: 'PENDING@0 UP@5', b: 'PENDING@0 UP@5 UNKNOWN@70 UP@90' },
      'UP@5<5 UNKNOWN@70<70 UP@90<90',
    ],
    [
      'a transition holds from after the one that precedes it',
      { local: 'PENDING@0 UP@60<50 SLOW@70<20' },
      'UP@60<50 DEGRADED@70<51',
    ],
    [
      'no two that open the same trouble hold from one instant',
      {
        a: 'PENDING@0 UP@5 DOWN@60<50 UP@70<52 DOWN@80<54',
        b: 'PENDING@0 UP@5 DOWN@60<60 UP@70<51 DOWN@80<53',
      },
      'UP@5<5 DOWN@60<60 UP@70<61 DOWN@80<62',
    ],
  ]
  test.each(rows)('%s', (_, regions, transitions) => {
    const tracks = tracksOf(regions)
    const policy = { regionsAssigned: tracks.length, quorum: null }
    expect(inWords(deriveTransitions({ start: unvoted, tracks, policy, fromMs: 0 }))).toBe(
      transitions,
    )
  })

  test('a region that joins takes no status back', () => {
    const tracks = tracksOf({ a: 'UP@5', b: 'PENDING@50 UP@60' })
    const start = { status: 'UP' as const, at: 5 }
    const policy = { regionsAssigned: 2, quorum: null }
    expect(deriveTransitions({ start, tracks, policy, fromMs: 50 })).toEqual([])
  })

  test('a new quorum judges the votes there are, and only from then on', () => {
    const tracks = tracksOf({ a: 'DOWN@40<30', b: 'UP@5', c: 'UP@5' })
    const start = { status: 'UP' as const, at: 5 }
    const policy = { regionsAssigned: 3, quorum: 1 }
    expect(inWords(deriveTransitions({ start, tracks, policy, fromMs: 100 }))).toBe('DOWN@100<100')
  })

  test('what was decided before the story is left out of it', () => {
    const tracks = tracksOf({ local: 'PENDING@0 UP@5 DOWN@90<30 UP@120' })
    const start = { status: 'DOWN' as const, at: 30 }
    expect(inWords(deriveTransitions({ start, tracks, policy: alone, fromMs: 91 }))).toBe(
      'UP@120<120',
    )
  })
})

describe('a revision', () => {
  const derive = (words: string) =>
    deriveTransitions({
      start: unvoted,
      tracks: tracksOf({ local: words }),
      policy: alone,
      fromMs: 0,
    })
  const stored = derive('PENDING@0 UP@5 DOWN@90<30 UP@120')

  test.each([
    ['of the same story changes nothing', 'PENDING@0 UP@5 DOWN@90<30 UP@120', '', ''],
    ['that goes on adds', 'PENDING@0 UP@5 DOWN@90<30 UP@120 SLOW@150', '', 'DEGRADED@150<150'],
    [
      'that dates a transition anew replaces it and what follows',
      'PENDING@0 UP@5 DOWN@90<60 UP@120',
      'DOWN@90<30 UP@120<120',
      'DOWN@90<60 UP@120<120',
    ],
    [
      'that decides later replaces too',
      'PENDING@0 UP@5 DOWN@100<30 UP@120',
      'DOWN@90<30 UP@120<120',
      'DOWN@100<30 UP@120<120',
    ],
    ['in which nothing happened takes it all back', 'PENDING@0 UP@5', 'DOWN@90<30 UP@120<120', ''],
  ])('%s', (_, words, superseded, added) => {
    const revision = reviseTransitions(stored, derive(words))
    expect(inWords(revision.superseded)).toBe(superseded)
    expect(inWords(revision.added)).toBe(added)
  })
})

/** A vote is fresh for 250 s. */
const policy: RegionPolicy = {
  failureThreshold: 2,
  recoveryThreshold: 2,
  latencyThresholdMs: 500,
  slowThreshold: 2,
  normalThreshold: 2,
  intervalSeconds: 120,
  timeoutMs: 10_000,
}

/** One monitor as the recording keeps it: stored checks, tracks, and the transitions in force. */
type World = {
  consensus: ConsensusPolicy
  stored: Observation[][]
  tracks: RegionTrack[]
  transitions: Transition[]
}

function newWorld(regions: number, quorum: number | null): World {
  return {
    consensus: { regionsAssigned: regions, quorum },
    stored: Array.from({ length: regions }, () => []),
    tracks: Array.from({ length: regions }, () => newTrack(0)),
    transitions: [],
  }
}

function receive(world: World, region: number, check: Observation): World {
  const [track, known] = [world.tracks[region]!, world.stored[region]!]
  if (known.includes(check)) return world
  const stored = world.stored.with(region, [...known, check])
  const folded =
    placeOf(track, check) === 'NEXT'
      ? foldObservation(track, check, policy)
      : refoldTrack(track, stored[region]!, policy)
  return retell({ ...world, stored }, region, folded)
}

function noticeSilence(world: World, nowMs: number): World {
  return world.tracks.reduce(
    (told, track, region) => retell(told, region, silenceTrack(track, nowMs, policy)),
    world,
  )
}

function retell(world: World, region: number, track: RegionTrack): World {
  const fromMs = firstDifferenceAt(world.tracks[region]!, track)
  const tracks = world.tracks.with(region, track)
  if (fromMs === null) return { ...world, tracks }
  const start = world.transitions.findLast(({ decidedAt }) => decidedAt < fromMs)
  const later = world.transitions.filter(({ decidedAt }) => decidedAt >= fromMs)
  const derived = deriveTransitions({
    start: start ? { status: start.to, at: start.at } : unvoted,
    tracks: tracks.map((known, index) => ({ region: `r${index}`, changes: voteChanges(known) })),
    policy: world.consensus,
    fromMs,
  })
  const { superseded, added } = reviseTransitions(later, derived)
  const transitions = [
    ...world.transitions.filter((transition) => !superseded.includes(transition)),
    ...added,
  ]
  return { ...world, tracks, transitions }
}

type Delivery = Arrival & { region: number }

function live(
  deliveries: Delivery[],
  quorum: number | null,
  regions: number,
  endAt: number,
): World {
  const inOrderOfArrival = deliveries.toSorted((a, b) => a.receivedAt - b.receivedAt)
  const world = inOrderOfArrival.reduce(
    (told, { region, check, receivedAt }) =>
      receive(noticeSilence(told, receivedAt), region, check),
    newWorld(regions, quorum),
  )
  return noticeSilence(world, endAt)
}

const deliveries = fc
  .array(arrivals(120_000, 40), { minLength: 1, maxLength: 3 })
  .map((regions) => ({
    regions: regions.length,
    delivered: regions.flatMap((checks, region) =>
      checks.map((arrival) => ({ ...arrival, region })),
    ),
  }))

describe('late, repeated and reordered results of one to three regions', () => {
  const quorums = fc.option(fc.integer({ min: 1, max: 3 }))

  test('end in the transitions that in-order delivery makes', () => {
    fc.assert(
      fc.property(deliveries, quorums, ({ regions, delivered }, quorum) => {
        const endAt = Math.max(0, ...delivered.map(({ receivedAt }) => receivedAt)) + 1_000_000
        const prompt = delivered.map((delivery) => ({ ...delivery, receivedAt: delivery.check.at }))
        const told = live(delivered, quorum, regions, endAt)
        const truth = live(prompt, quorum, regions, endAt)
        expect(inWords(told.transitions)).toBe(inWords(truth.transitions))
        expect(told.tracks.map(currentVote)).toEqual(truth.tracks.map(currentVote))
      }),
      { numRuns },
    )
  })

  test('every transition follows from its stored votes and policy, and none is dated backwards', () => {
    fc.assert(
      fc.property(deliveries, quorums, ({ regions, delivered }, quorum) => {
        const { transitions } = live(delivered, quorum, regions, 10_000_000)
        const stored: Transition[] = JSON.parse(JSON.stringify(transitions))
        stored.forEach((transition, index) => {
          const before = stored[index - 1] ?? { to: 'PENDING', at: 0, decidedAt: -1 }
          expect(recompute(transition).status).toBe(transition.to)
          expect(transition.from).toBe(before.to)
          expect(transition.at).toBeGreaterThanOrEqual(before.at)
          expect(transition.at).toBeLessThanOrEqual(transition.decidedAt)
          expect(transition.decidedAt).toBeGreaterThan(before.decidedAt)
        })
      }),
      { numRuns },
    )
  })
})

test('the story of an outage: well, failing, confirmed, recovered, slow, silent', () => {
  const seen = (second: number, outcome: 'UP' | 'DOWN', latencyMs: number | null): Delivery => ({
    region: 0,
    receivedAt: second * 1000,
    check: {
      slotAt: second * 1000,
      attempt: 0,
      at: second * 1000,
      outcome,
      latencyMs,
      cause: outcome === 'DOWN' ? 'Connection refused' : null,
    },
  })
  const { transitions } = live(
    [
      seen(0, 'UP', 80),
      seen(120, 'DOWN', null),
      seen(125, 'DOWN', null),
      seen(240, 'UP', 90),
      seen(245, 'UP', 85),
      seen(360, 'UP', 700),
      seen(480, 'UP', 800),
    ],
    null,
    1,
    1_000_000,
  )
  expect(transitions.map(({ to, at, reason }) => `${to} from ${at / 1000} s: ${reason}`)).toEqual([
    'UP from 0 s: first success at 1970-01-01T00:00:00.000Z',
    'DOWN from 120 s: 2 consecutive failures since 1970-01-01T00:02:00.000Z, threshold 2',
    'UP from 240 s: 2 consecutive successes since 1970-01-01T00:04:00.000Z, threshold 2',
    'DEGRADED from 360 s: 2 consecutive checks over 500 ms since 1970-01-01T00:06:00.000Z, threshold 2',
    'UNKNOWN from 730 s: no telling check since 1970-01-01T00:08:00.000Z, a vote is fresh for 250 s',
  ])
  expect(transitions[1]?.cause).toBe('Connection refused')
})
