import { expect, test } from 'vitest'
import { signUp } from '../rig/graphql.ts'
import { consult } from '../rig/oracle.ts'
import { createCast, everythingTold, RECIPIENT, turn } from '../rig/play.ts'
import { openStage } from '../rig/stage.ts'

const MONITORS = 3

test('down, up, down, up while delivery is stopped: all four are told, in order', async () => {
  await using stage = await openStage()
  const deciding = await stage.start({ roles: 'web,scheduler' })
  const alice = await signUp(() => deciding.url!, RECIPIENT)
  const play = await createCast(alice, stage, MONITORS)
  for (let turns = 0; turns < 5; turns += 1) await turn(stage, alice, play)
  expect(play.statuses).toEqual(['UP', 'DOWN', 'UP', 'DOWN', 'UP'])
  expect(stage.sink.mails).toEqual([])

  await stage.start({ roles: 'web,dispatcher' })
  await everythingTold(stage)

  const findings = await consult(stage.database.pool, play, stage.sink.mails)
  expect(findings).toEqual({
    faults: [],
    transitions: 5 * MONITORS,
    alerts: 4 * MONITORS,
    digests: 1,
    wireDuplicates: 0,
  })
})
