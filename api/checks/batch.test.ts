import { expect, it } from 'vitest'
import { currentVote, newTrack } from '../../core/region.ts'
import { MONITOR_ID, probeResult } from '../../core/testing/probe-result.ts'
import type { LockedVote } from '../monitors/votes/vote.ts'
import { foldResults } from './batch.ts'

const bornAt = Date.parse('2026-11-20T12:00:00Z')
const ranAt = bornAt + 60_000
/** Two intervals and a timeout. */
const FRESH_MS = 25_000

const policy = {
  failureThreshold: 1,
  recoveryThreshold: 1,
  latencyThresholdMs: null,
  slowThreshold: 3,
  normalThreshold: 3,
  intervalSeconds: 10,
  timeoutMs: 5_000,
}

function votedAt(nowMs: number): string {
  const vote: LockedVote = {
    monitorId: MONITOR_ID,
    region: 'berlin',
    workspaceId: 'w',
    fence: '0',
    track: newTrack(bornAt),
    policy,
    certificateExpiresAt: null,
    nowMs,
  }
  const { decidableFrom: _, ...found } = probeResult({ scheduledAt: ranAt, checkedAt: ranAt })
  const [folded] = foldResults([vote], [{ ...found, region: 'berlin', fence: null }])
  return currentVote(folded!.track).vote
}

it.each([
  ['at once', 0, 'UP'],
  ['as long after it ran as a vote is fresh', FRESH_MS, 'UP'],
  ['later: it was a vote then, and is none now', FRESH_MS + 1, 'UNKNOWN'],
  ['as late as a result may come', 15 * 60_000, 'UNKNOWN'],
])('a result that comes %s', (_, lateMs, vote) => {
  expect(votedAt(ranAt + lateMs)).toBe(vote)
})
