import { expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { type Person, signIn, signUp } from '../../test/people.ts'
import { forgetEnded } from './jobs.ts'

const DAY_MS = 86_400_000

const sessionsIn = ({ database }: TestServer) => database.prisma.session.count()
const mailsIn = ({ database }: TestServer) => database.prisma.accountMail.count()
const isIn = async (person: Person) => (await person.ask('{ viewer { id } }')).status === 200

it('forgets sessions once they let nobody in, and not before', async () => {
  let now = Date.now()
  await using app = await openTestServer({ deps: { clock: { now: () => now } } })
  await signUp(app, 'Idle')
  const busy = await signIn(app, 'Idle')
  now += 6 * DAY_MS
  expect(await isIn(busy)).toBe(true)
  now += DAY_MS - 1
  await forgetEnded(app.deps)
  expect(await sessionsIn(app)).toBe(2)
  now += 1
  await forgetEnded(app.deps)
  expect([await sessionsIn(app), await isIn(busy)]).toEqual([1, true])
  now += 23 * DAY_MS
  await forgetEnded(app.deps)
  expect(await sessionsIn(app)).toBe(0)
})

it('forgets mails a month after their links expired, and none that still waits', async () => {
  let now = Date.now()
  await using app = await openTestServer({ deps: { clock: { now: () => now } } })
  const ada = await signUp(app, 'Ada')
  const verify = `mutation { requestEmailVerification(input: { email: "${ada.email}" }) { viewer { id } } }`
  await ada.ask(verify)
  now += 32 * DAY_MS
  await forgetEnded(app.deps)
  expect(await mailsIn(app)).toBe(1)
  await app.database.prisma.accountMail.updateMany({
    data: { status: 'SENT', sentAt: new Date() },
  })
  await forgetEnded(app.deps)
  expect(await mailsIn(app)).toBe(1)
  now += 1
  await forgetEnded(app.deps)
  expect(await mailsIn(app)).toBe(0)
})
