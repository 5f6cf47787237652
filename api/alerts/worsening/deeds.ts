import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { writeAlerts } from '../deeds.ts'
import { intend } from '../telling.ts'
import { readConditions } from '../withholding/store.ts'
import { lockLateHearers } from './store.ts'

const LATE_MOST = 200

/** Tells channels of what has got as slow as they ask for since its incident opened; true where no more are left. */
export function tellLateHearers({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { late, nowMs } = await lockLateHearers(tx, LATE_MOST)
    if (late.length === 0) return true
    const monitorIds = new Set(late.map(({ news }) => news.monitorId))
    const conditions = await readConditions(tx, [...monitorIds])
    const intents = late.map(({ news, recipient }) =>
      intend(news, { recipient, isWithheld: false }, { conditions }, nowMs),
    )
    await writeAlerts(tx, intents)
    return late.length < LATE_MOST
  })
}
