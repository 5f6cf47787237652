import { randomUUIDv7 } from 'node:crypto'
import { tell } from '../../alerts/deeds.ts'
import { ofIncident, ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { lockMonitors } from '../../monitors/store.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import type { IncidentState } from '../effects/effect.ts'
import { insertIncidents, updateIncidents } from '../effects/store.ts'
import { insertEntries } from '../entries/store.ts'
import { isEarlier, isLater, type Sighting } from './sighting.ts'
import {
  forgetSightings,
  lockDueMonitors,
  lockOpenIncidents,
  lookLater,
  noteMixed,
  readCertificates,
  saveCertificates,
  saveSightings,
} from './store.ts'
import { causeIn, entryOf, judgeCertificate, newsOf, type Verdict } from './verdict.ts'

const DUE_MOST = 500

/**
 * Keeps what regions saw of certificates, in the transaction that records their checks. `turning` are the
 * monitors that it locks afterwards: all of them are locked here in order, so that two transactions
 * never wait for each other.
 */
export async function noteSightings(
  tx: Transaction,
  sightings: Sighting[],
  turning: string[],
  nowMs: number,
): Promise<void> {
  if (sightings.length === 0) return
  await lockMonitors(tx, [...new Set([...idsOf(sightings), ...turning])].toSorted())
  await saveSightings(tx, sightings)
  await noteMixed(tx, idsOf(sightings.filter(isEarlier)))
  await lookLater(tx, idsOf(sightings.filter(isLater)))
  await followCertificates(tx, idsOf(sightings.filter((one) => !isLater(one))), nowMs)
}

/** What is known of a monitor's certificate belongs to the past: an incident about it ends. */
export async function forgetCertificate(
  tx: Transaction,
  monitorId: string,
  nowMs: number,
): Promise<void> {
  await forgetSightings(tx, monitorId)
  await followCertificates(tx, [monitorId], nowMs)
}

/** Looks at certificates on which a word is due; true where no more are left. */
export function followDueCertificates({ database }: Deps): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { monitorIds, nowMs } = await lockDueMonitors(tx, DUE_MOST)
    await followCertificates(tx, monitorIds, nowMs)
    return monitorIds.length < DUE_MOST
  })
}

/** Brings incidents and alerts in line with the certificates of these monitors, which must be locked. */
export async function followCertificates(
  tx: Transaction,
  monitorIds: string[],
  nowMs: number,
): Promise<void> {
  if (monitorIds.length === 0) return
  const incidents = await lockOpenIncidents(tx, monitorIds)
  const verdicts = (await readCertificates(tx, monitorIds)).map((certificate) =>
    judgeCertificate(certificate, incidents.get(certificate.monitorId) ?? null, {
      nowMs,
      newId: randomUUIDv7,
    }),
  )
  const moved = await saveCertificates(
    tx,
    verdicts.map((verdict) => ({ ...verdict, ...verdict.decision })),
  )
  announce(
    tx,
    moved.map((monitor) => ofMonitor(monitor, 'UPDATED')),
  )
  const changed = verdicts.filter(({ decision }) => decision.deed !== 'NOTHING')
  if (changed.length > 0) await apply(tx, changed, nowMs)
}

async function apply(tx: Transaction, verdicts: Verdict[], nowMs: number): Promise<void> {
  const ended = verdicts.filter(({ decision }) => ['RENEW', 'DROP'].includes(decision.deed))
  const opened = verdicts.filter(({ decision }) => decision.deed === 'OPEN')
  await updateIncidents(
    tx,
    ended.map((verdict) => stateOf(verdict, { resolvedAt: Math.max(nowMs, verdict.startedAt) })),
  )
  await insertIncidents(
    tx,
    opened.map((verdict) => stateOf(verdict, { cause: causeIn(verdict, nowMs) })),
  )
  await insertEntries(
    tx,
    verdicts.flatMap((verdict) => entryOf(verdict, nowMs) ?? []),
  )
  announce(
    tx,
    verdicts.map((verdict) =>
      ofIncident(verdict, verdict.decision.deed === 'OPEN' ? 'CREATED' : 'UPDATED'),
    ),
  )
  const news = verdicts.flatMap((verdict) => newsOf(verdict, nowMs) ?? [])
  await tell(tx, news, nowMs)
}

function stateOf(verdict: Verdict, change: Partial<IncidentState>): IncidentState {
  const { incidentId, monitorId, workspaceId, startedAt } = verdict
  const rest = { resolvedAt: null, retractedAt: null, cause: null }
  return { incidentId, monitorId, workspaceId, kind: 'CERTIFICATE', startedAt, ...rest, ...change }
}

function idsOf(list: { monitorId: string }[]): string[] {
  return list.map(({ monitorId }) => monitorId)
}
