import { ofAlert } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { keepPace } from '../pace/deeds.ts'
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
    const open = reviewed.filter(({ gate }) => gate.isOpen)
    keepPace(
      tx,
      open.map(({ alertId }) => alertId),
    )
    return due.length < REVIEW_MOST
  })
}

function gateOf(alert: Withheld, conditions: Map<string, Condition>, nowMs: number): Gate {
  const condition = conditions.get(alert.monitorId) ?? fairWeather
  return decideGate({ ...alert, condition, isBeginningWithheld: false }, nowMs)
}

/** That it is looked at once more, for the same reason, is no news. */
function isChanged({ reason, gate }: Withheld & { gate: Gate }): boolean {
  return gate.isOpen || gate.reason !== reason
}
