import { expect, it } from 'vitest'
import { openTestServer } from './graphql-server.ts'
import { signUp } from './people.ts'
import { statementsOf } from './statements.ts'

it('sees what SQL and Prisma send, and only while it looks', async () => {
  await using app = await openTestServer()
  const { pool, prisma } = app.database
  const ada = await signUp(app, 'Ada')
  const statements = await statementsOf(pool, async () => {
    await pool.query('SELECT 1')
    await prisma.user.count()
  })
  expect(statements).toEqual(['SELECT 1', expect.stringContaining('"users"')])
  expect(await statementsOf(pool, async () => {})).toEqual([])
  // Whoever asks is one statement, what is asked for another.
  expect(await statementsOf(pool, () => ada.ask('{ viewer { name } }'))).toHaveLength(2)
})
