import { expect, it } from 'vitest'
import { holdUpSubscribers } from './changes.ts'
import { openTestDatabase } from './database.ts'
import { eventually } from './eventually.ts'

it('holds up, sees and cuts off subscribers of its own database alone', async () => {
  await using one = await openTestDatabase()
  await using other = await openTestDatabase()
  const [here, there] = [await holdUpSubscribers(one), await holdUpSubscribers(other)]
  const reading = other.pool.query('SELECT FROM change_counts')
  await eventually('one is held up there', there.isSomebodyHeldUp)
  const isSomebodyHeldUpHere = await here.isSomebodyHeldUp()
  await here.cutOff()
  await Promise.all([here.letGo(), there.letGo()])
  expect(isSomebodyHeldUpHere).toBe(false)
  await expect(reading).resolves.toBeDefined()
})
