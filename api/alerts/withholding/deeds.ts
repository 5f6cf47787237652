import { ofAlert } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { lockWithheld, readConditions, saveGates } from './store.ts'
import { decideGate, fairWeather } from './withholding.ts'

const REVIEW_MOST = 500

/** Looks at withheld alerts whose time has come; true where no more are left. */
export function reviewWithheld({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockWithheld(tx, REVIEW_MOST)
    if (due.length === 0) return true
    const conditions = await readConditions(tx, [...new Set(due.map((one) => one.monitorId))])
    await saveGates(
      tx,
      due.map(({ alertId, monitorId, ...rest }) => {
        const condition = conditions.get(monitorId) ?? fairWeather
        const waiting = { ...rest, condition, isBeginningWithheld: false }
        return { alertId, gate: decideGate(waiting, nowMs) }
      }),
    )
    announce(
      tx,
      due.map((alert) => ofAlert(alert, 'UPDATED')),
    )
    return due.length < REVIEW_MOST
  })
}
