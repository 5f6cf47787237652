import { randomBytes } from 'node:crypto'
import { createDeps } from '../api/app.ts'
import type { Deps } from '../api/deps.ts'
import type { Database } from '../api/platform/database.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { createKeyring } from '../api/platform/keyring.ts'

/** What the app would be built of, under these environment variables: silent, and open to all who sign up. */
export function testDeps(database: Database, variables: Record<string, string> = {}): Deps {
  const environment = readEnvironment({ SIGN_UP: 'open', LOG_LEVEL: 'silent', ...variables })
  const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])
  return createDeps(environment, { database, keyring })
}
