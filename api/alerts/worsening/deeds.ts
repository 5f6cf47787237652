import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { eachOnce } from '../audience/audience.ts'
import { writeAlerts } from '../deeds.ts'
import { intend } from '../telling.ts'
import { readConditions } from '../withholding/store.ts'
import { type LateHearer, lockLateHearers } from './store.ts'

const LATE_MOST = 200

/** Tells channels of what has got as slow as they ask for since its incident opened; true where no more are left. */
export function tellLateHearers({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { late, nowMs } = await lockLateHearers(tx, LATE_MOST)
    if (late.length === 0) return true
    const monitorIds = new Set(late.map(({ news }) => news.monitorId))
    const weather = {
      conditions: await readConditions(tx, [...monitorIds]),
      outages: new Set<string>(),
    }
    const intents = onceEach(late).map(({ news, recipient }) =>
      intend(news, { recipient, isWithheld: false }, weather, nowMs),
    )
    await writeAlerts(tx, intents)
    return late.length < LATE_MOST
  })
}

/** A mailbox that is several channels hears of an incident once. */
function onceEach(late: readonly LateHearer[]): LateHearer[] {
  const ofIncidents = Map.groupBy(late, ({ news }) => news.incidentId)
  return [...ofIncidents.values()].flatMap((hearers) => {
    const recipients = eachOnce(hearers.map(({ recipient }) => recipient))
    return recipients.map((recipient) => ({ news: hearers[0]!.news, recipient }))
  })
}
