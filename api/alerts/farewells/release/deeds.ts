import type { Deps } from '../../../deps.ts'
import { inTransaction } from '../../../platform/database.ts'
import { digestedKinds, keepPaceOfFarewells } from '../../pace/deeds.ts'
import { delayOf, lateNotice } from './release.ts'
import { letGo, lockDue, putOff } from './store.ts'

const REVIEW_MOST = 500

/**
 * Lets farewells go whose time has come; true where no more are left. By itself beside `reviewWithheld`: whatever that
 * goes by, the alert, its incident and its monitor, is gone.
 */
export function reviewFarewells({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockDue(tx, REVIEW_MOST, digestedKinds)
    const reviewed = due.map((one) => ({ ...one, delay: delayOf(one, nowMs) }))
    await putOff(
      tx,
      reviewed.flatMap(({ id, delay }) => (delay ? [{ id, delay }] : [])),
    )
    const free = reviewed.filter(({ delay }) => delay === null)
    await letGo(
      tx,
      free.map((one) => ({ ...one, notice: lateNotice(one, nowMs) })),
    )
    await keepPaceOfFarewells(tx, free)
    return due.length < REVIEW_MOST
  })
}
