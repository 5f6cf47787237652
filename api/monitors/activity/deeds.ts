import {
  currentVote,
  newTrack,
  rebaseTrack,
  type RegionTrack,
  silenceDueAt,
  silenceTrack,
} from '../../../core/region.ts'
import type { RegionPolicy } from '../../../core/view.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import { disarmHeartbeat } from '../../heartbeats/store.ts'
import { forgetCertificate } from '../../incidents/certificates/deeds.ts'
import type { Transaction } from '../../platform/database.ts'
import { HEARTBEAT_REGION, isLeased } from '../../probes/assignment.ts'
import { dropRuns, planRuns, unplanRuns } from '../../probes/store.ts'
import type { ConsensusPolicy } from '../consensus.ts'
import type { SettingsChange } from '../monitor.ts'
import { type MonitorRow, saveActivity } from '../store.ts'
import { changeByHand, followVotes } from '../transitions/deeds.ts'
import { dropVotes, lockVotes, putTracks, readTracks, saveVotes } from '../votes/store.ts'
import { changedVote } from '../votes/vote.ts'

/** What of a monitor its checking and judging depends on. */
export type Watched = RegionPolicy & {
  id: string
  workspaceId: string
  regions: string[]
  quorum: number | null
}

/** Why a monitor ceases: paused by a person, or set aside because it cannot be checked. */
export type Ending =
  | { to: 'PAUSED'; reason: string; quarantineReason: null }
  | { to: 'UNKNOWN'; reason: string; quarantineReason: string }

/** Nothing is known before `fromMs`; every region checks for the first time at once. */
export async function beginChecking(
  tx: Transaction,
  monitor: Watched,
  fromMs: number,
): Promise<void> {
  await putVotes(tx, monitor, newVotes(monitor.regions, fromMs))
  await planAtOnce(tx, monitor, monitor.regions, fromMs)
}

/** Begins anew after a pause or a quarantine, under the settings of `monitor`. */
export async function resumeChecking(
  tx: Transaction,
  row: MonitorRow,
  monitor: Watched,
  reason: string,
  nowMs: number,
): Promise<void> {
  const vote = currentVote(newTrack(nowMs))
  const votes = monitor.regions.map((region) => ({ region, ...vote }))
  await changeByHand(tx, row, { to: 'PENDING', votes, policy: policyOf(monitor), reason }, nowMs)
  const fromMs = after(nowMs)
  await saveActivity(tx, { id: row.id, isActive: true, decidableFrom: fromMs, quarantine: null })
  announce(tx, [ofMonitor(row, 'UPDATED')])
  await dropRegions(tx, monitor)
  await beginChecking(tx, monitor, fromMs)
}

/** Nobody checks the monitor any more, and a run under way decides nothing. */
export async function ceaseChecking(
  tx: Transaction,
  row: MonitorRow,
  { to, reason, quarantineReason }: Ending,
  nowMs: number,
): Promise<void> {
  await changeByHand(tx, row, { to, votes: [], policy: policyOf(row), reason }, nowMs)
  const fromMs = after(nowMs)
  await saveActivity(tx, {
    id: row.id,
    isActive: to !== 'PAUSED',
    decidableFrom: fromMs,
    quarantine: quarantineReason === null ? null : { at: nowMs, reason: quarantineReason },
  })
  announce(tx, [ofMonitor(row, 'UPDATED')])
  await forgetCertificate(tx, row.id, nowMs)
  const votes = newVotes(row.regions, fromMs)
  await putTracks(
    tx,
    votes.map((vote) => ({ ...ownerOf(row), ...vote, silenceCheckAt: null })),
  )
  await unplanRuns(tx, [row.id])
  await disarmHeartbeat(tx, row.id)
}

/** Goes on under other settings: checks so far are history, votes hold until new checks, due at once, speak. */
export async function rejudge(
  tx: Transaction,
  monitor: Watched,
  change: SettingsChange,
  nowMs: number,
): Promise<void> {
  const fromMs = after(nowMs)
  await dropRegions(tx, monitor)
  const kept = await readTracks(tx, [monitor.id])
  await putVotes(tx, monitor, [
    ...kept.map(({ region, track }) => ({ region, track: rebaseTrack(track, fromMs) })),
    ...newVotes(change.addedRegions, fromMs),
  ])
  await saveActivity(tx, {
    id: monitor.id,
    isActive: true,
    decidableFrom: fromMs,
    quarantine: null,
  })
  await followVotes(tx, [{ monitorId: monitor.id, fromMs, nowMs }])
  await planAtOnce(tx, monitor, monitor.regions, fromMs)
}

/** Notes regions of one monitor that have gone silent, before the watch for silence comes by; whether any has. */
export async function noticeSilence(tx: Transaction, { id, regions }: Watched): Promise<boolean> {
  const votes = await lockVotes(
    tx,
    regions.map((region) => ({ monitorId: id, region })),
  )
  const silenced = votes
    .map((vote) => ({ vote, track: silenceTrack(vote.track, vote.nowMs, vote.policy) }))
    .filter(({ vote, track }) => track !== vote.track)
  if (silenced.length === 0) return false
  await saveVotes(
    tx,
    silenced.map(({ vote, track }) => ({ ...vote, track, silenceCheckAt: null, last: null })),
  )
  await followVotes(
    tx,
    silenced.flatMap(({ vote, track }) => changedVote(vote, track)),
  )
  return true
}

type Vote = { region: string; track: RegionTrack }

/** What is decided from here on is told apart from a transition by hand, which is never derived again. */
function after(nowMs: number): number {
  return nowMs + 1
}

function newVotes(regions: string[], fromMs: number): Vote[] {
  return regions.map((region) => ({ region, track: newTrack(fromMs) }))
}

async function putVotes(tx: Transaction, monitor: Watched, votes: Vote[]): Promise<void> {
  await putTracks(
    tx,
    votes.map((vote) => ({
      ...ownerOf(monitor),
      ...vote,
      // A job that has never called is not missed: it may not be set up yet.
      silenceCheckAt: vote.region === HEARTBEAT_REGION ? null : silenceDueAt(vote.track, monitor),
    })),
  )
}

async function planAtOnce(
  tx: Transaction,
  monitor: Watched,
  regions: string[],
  atMs: number,
): Promise<void> {
  // A slot of its own, off the grid: it can be neither a repeat of the last one nor out of order.
  const run = { ...ownerOf(monitor), slotAt: atMs }
  await planRuns(
    tx,
    regions
      .filter((region) => region !== HEARTBEAT_REGION)
      .map((region) => ({ ...run, region, runAt: isLeased(region) ? atMs : null })),
  )
}

async function dropRegions(tx: Transaction, { id, regions }: Watched): Promise<void> {
  await dropVotes(tx, id, regions)
  await dropRuns(tx, id, regions)
}

function policyOf({ regions, quorum }: Watched): ConsensusPolicy {
  return { regionsAssigned: regions.length, quorum }
}

function ownerOf({ id, workspaceId }: Watched): { monitorId: string; workspaceId: string } {
  return { monitorId: id, workspaceId }
}
