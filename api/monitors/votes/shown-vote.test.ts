import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/check.ts'
import { foldObservation, newTrack, type RegionTrack } from '../../../core/region.ts'
import { type JudgedMonitor, lastCheck, showVotes } from './shown-vote.ts'

const policy = {
  intervalSeconds: 60,
  timeoutMs: 10_000,
  failureThreshold: 2,
  recoveryThreshold: 1,
  latencyThresholdMs: null,
  slowThreshold: 3,
  normalThreshold: 3,
}

/** A check each minute from second 60 on. */
function track(...outcomes: Outcome[]): RegionTrack {
  return outcomes.reduce((folded, outcome, index) => {
    const at = (index + 1) * 60_000
    const cause = outcome === 'DOWN' ? 'Connection refused' : null
    return foldObservation(
      folded,
      { slotAt: at, attempt: 0, at, outcome, latencyMs: 10, cause },
      policy,
    )
  }, newTrack(0))
}

function monitor(tracks: Record<string, RegionTrack>, quorum: number | null = null): JudgedMonitor {
  const votes = Object.entries(tracks).map(([region, one]) => ({
    region,
    track: one,
    lastCheckedAt: null,
  }))
  return { ...policy, regions: ['local', 'weur', 'eeur'], quorum, votes }
}

const up = track('UP', 'UP', 'UP')
const down = track('UP', 'DOWN', 'DOWN')

describe('showVotes', () => {
  it.each([
    ['just before two intervals and a timeout have passed', 180_000 + 129_999, 129, true],
    ['exactly then', 180_000 + 130_000, 130, true],
    ['just after', 180_000 + 130_001, 130, false],
    ['of a probe whose clock is ahead', 170_000, 0, true],
  ])('tells age and freshness %s', (_, nowMs, ageSeconds, isFresh) => {
    expect(showVotes(monitor({ local: up }), nowMs)).toMatchObject([
      { vote: 'UP', since: 60_000, ageSeconds, isFresh },
    ])
  })

  it('has no age and no freshness before the first check', () => {
    expect(showVotes(monitor({ local: newTrack(0) }), 1_000)).toMatchObject([
      { vote: 'PENDING', ageSeconds: null, isFresh: false },
    ])
  })

  it('comes in the order of the regions', () => {
    const shown = showVotes(monitor({ eeur: up, local: up, weur: up }), 180_000)
    expect(shown.map(({ region }) => region)).toEqual(['local', 'weur', 'eeur'])
  })

  it('advises of a region that fails below the quorum', () => {
    const shown = showVotes(monitor({ local: up, weur: down, eeur: up }), 180_000)
    expect(shown.map(({ advisory }) => advisory)).toEqual([null, 'Connection refused', null])
  })

  it('advises of nothing where the monitor is down', () => {
    const shown = showVotes(monitor({ local: up, weur: down, eeur: down }), 180_000)
    expect(shown.map(({ advisory }) => advisory)).toEqual([null, null, null])
  })
})

describe('lastCheck', () => {
  const row = {
    monitorId: 'm',
    lastAttempt: 0,
    lastHttpStatus: 200,
    lastErrorKind: null,
    lastMessage: null,
    lastLatencyMs: 12,
  }
  const seen = (region: string, at: number, outcome: 'UP' | 'DOWN') => ({
    ...row,
    region,
    lastSlotAt: new Date(at),
    lastCheckedAt: new Date(at + 5),
    lastOutcome: outcome,
  })
  const unseen = {
    ...row,
    region: 'eeur',
    lastSlotAt: null,
    lastCheckedAt: null,
    lastOutcome: null,
  }

  it('is the latest of all regions', () => {
    const votes = [seen('local', 1_000, 'UP'), unseen, seen('weur', 2_000, 'DOWN')]
    expect(lastCheck(votes)).toMatchObject({
      region: 'weur',
      outcome: 'DOWN',
      scheduledAt: 2_000,
      checkedAt: 2_005,
      detail: null,
    })
  })

  it('is null before the first', () => {
    expect(lastCheck([unseen])).toBeNull()
  })
})
