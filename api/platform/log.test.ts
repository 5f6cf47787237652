import { expect, test } from 'vitest'
import { createLog } from './log.ts'

test('what is named like a secret never reaches the log, two levels deep', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => lines.push(line) })
  const secrets = { password: 'hunter2', token: 'hunter2', authorization: 'Bearer hunter2' }
  log.info(secrets, 'at the top')
  log.info({ input: secrets }, 'one level down')
  log.info({ request: { headers: secrets } }, 'two levels down')
  log.error({ err: Object.assign(new Error('broken'), secrets) }, 'in an error')
  expect(lines).toHaveLength(4)
  expect(lines.join('')).not.toContain('hunter2')
  expect(lines[0]).toContain('"password":"[redacted]"')
})
