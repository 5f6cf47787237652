import { ofAlert, ofIncident } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { insertEntries } from '../../incidents/entries/store.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { keepPace } from '../pace/deeds.ts'
import { releaseEntries } from './lateness.ts'
import { lockWithheld, readConditions, saveGates, type Withheld } from './store.ts'
import { type Condition, decideGate, fairWeather, type Gate } from './withholding.ts'

const REVIEW_MOST = 500

/** Looks at withheld alerts whose time has come; true where no more are left. */
export function reviewWithheld({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockWithheld(tx, REVIEW_MOST)
    if (due.length === 0) return true
    const conditions = await readConditions(tx, [...new Set(due.map((one) => one.monitorId))])
    const reviewed = due.map((alert) => ({ ...alert, gate: gateOf(alert, conditions, nowMs) }))
    await saveGates(tx, reviewed)
    announce(
      tx,
      reviewed.filter(isChanged).map((alert) => ofAlert(alert, 'UPDATED')),
    )
    await release(
      tx,
      reviewed.filter(({ gate }) => gate.isOpen),
      nowMs,
    )
    return due.length < REVIEW_MOST
  })
}

/** The timelines of their incidents say that they are late, and why. */
async function release(tx: Transaction, alerts: Withheld[], nowMs: number): Promise<void> {
  keepPace(
    tx,
    alerts.map(({ alertId }) => alertId),
  )
  const released = alerts.map(({ reason, decidedAt, ...alert }) => ({
    ...alert,
    lateness: { reason, forMs: nowMs - decidedAt },
  }))
  await insertEntries(tx, releaseEntries(released, nowMs))
  announce(
    tx,
    alerts.map((alert) => ofIncident(alert, 'UPDATED')),
  )
}

function gateOf(alert: Withheld, conditions: Map<string, Condition>, nowMs: number): Gate {
  const condition = conditions.get(alert.monitorId) ?? fairWeather
  return decideGate({ ...alert, condition, isBeginningWithheld: false }, nowMs)
}

/** That it is looked at once more, for the same reason, is no news. */
function isChanged({ reason, gate }: Withheld & { gate: Gate }): boolean {
  return gate.isOpen || gate.reason !== reason
}
