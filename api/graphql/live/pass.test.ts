import { expect, test } from 'vitest'
import { permissionsOf, type Principal } from '../../accounts/principal.ts'
import { createPass, type Loss } from './pass.ts'

const member: Principal = {
  workspaceId: 'workspace',
  userId: 'user',
  role: 'MEMBER',
  permissions: permissionsOf('MEMBER'),
  credential: { kind: 'SESSION', sessionId: 'session' },
}

function newPass() {
  const losses: Loss[] = []
  const clock = { at: 1_000 }
  const lose = (loss: Loss) => void losses.push(loss)
  return { pass: createPass(member, { readAt: 0, now: () => clock.at, lose }), clock, losses }
}

test.each([
  ['just under 4 s after it was last confirmed, things go out', 3_999, true],
  ['4 s after, they wait', 4_000, false],
])('%s', (_sentence, at, isAtOnce) => {
  const { pass, clock } = newPass()
  clock.at = at
  expect(pass.confirmed() === undefined).toBe(isAtOnce)
})

test('what waits goes out once it is confirmed again', async () => {
  const { pass, clock, losses } = newPass()
  clock.at = 10_000
  const waiting = pass.confirmed()
  pass.judge({ ...member }, 9_000)
  await waiting
  expect([pass.confirmed(), losses]).toEqual([undefined, []])
})

test('an answer that is older than the last confirms nothing', () => {
  const { pass, clock } = newPass()
  pass.judge(member, 2_000)
  pass.judge(member, 1_000)
  clock.at = 5_500
  expect(pass.confirmed()).toBeUndefined()
})

test.each<[string, Principal | null, Loss]>([
  ['a credential that lets nobody in', null, 'GONE'],
  ['another role', { ...member, role: 'ADMIN' }, 'CHANGED'],
  ['fewer scopes', { ...member, permissions: new Set(['MONITORS_READ']) }, 'CHANGED'],
  ['another workspace', { ...member, workspaceId: 'other' }, 'CHANGED'],
])('it is lost, once, to %s', async (_what, now, loss) => {
  const { pass, clock, losses } = newPass()
  clock.at = 10_000
  const waiting = pass.confirmed()
  pass.judge(now, 9_000)
  pass.judge(null, 9_500)
  await waiting
  expect([pass.loss, losses]).toEqual([loss, [loss]])
})
