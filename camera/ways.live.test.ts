import { expect, test } from 'vitest'
import { createOutbound } from '../agent/outbound.ts'
import { policyOf } from '../agent/testing/request.ts'
import { startTcpTarget } from '../agent/testing/target.ts'
import { createWays } from './ways.ts'

test('a connection that is being opened as all are ended is ended too', async () => {
  const accepted = Promise.withResolvers<void>()
  await using target = await startTcpTarget(() => accepted.resolve())
  const ways = createWays(createOutbound({ policy: policyOf('127.0.0.1') }))
  const opening = ways.open({ host: '127.0.0.1', port: target.port })
  ways.endAll()
  expect(await opening).toMatchObject({ ok: false })
  await accepted.promise
  await target.quiet()
})
