import { argon2, type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Refusal } from '../../refusal.ts'
import { createTurnstile } from '../../turnstile.ts'

const MIN_LENGTH = 12
const MAX_LENGTH = 128
const HASHES_AT_ONCE_PER_CORE = 2
const HASHES_WAITING = 200
const SALT_BYTES = 16
const HASH_BYTES = 32

/** OWASP's minimum for argon2id. Raising it rehashes each password at its next sign-in. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }

type Cost = typeof cost
type Stored = { cost: Cost; salt: Buffer; hash: Buffer }

export type PasswordVerdict = 'RIGHT' | 'RIGHT_BUT_OUTDATED' | 'WRONG'

export const password = z
  .string()
  .min(MIN_LENGTH, `must have at least ${MIN_LENGTH} characters`)
  .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)

export const changePasswordInput = z.object({ newPassword: password })

/** One for the process, because the cores are: 19 MiB and a core are busy for each hash. */
export const hashing = createTurnstile(
  HASHES_AT_ONCE_PER_CORE * availableParallelism(),
  HASHES_WAITING,
  'Too many are signing in at once.',
)

/** In PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
export async function hashPassword(plain: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return format({ cost, salt, hash: await derive(plain, { cost, salt }) })
}

/** Costs one hash whether or not there is an account, so that the time tells nothing. */
export async function verifyPassword(
  plain: string,
  stored: string | null,
): Promise<PasswordVerdict> {
  const known = parse(stored ?? decoy)
  const hash = await derive(plain, known)
  if (!timingSafeEqual(hash, known.hash) || stored === null) return 'WRONG'
  return isOutdated(known.cost) ? 'RIGHT_BUT_OUTDATED' : 'RIGHT'
}

/** One refusal for an unknown address and for a wrong password. */
export function wrongCredentials(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'The e-mail address or the password is wrong.')
}

function isOutdated(stored: Cost): boolean {
  return (
    stored.memory < cost.memory ||
    stored.passes < cost.passes ||
    stored.parallelism < cost.parallelism
  )
}

const run = promisify<'argon2id', Argon2Parameters, Buffer>(argon2)

/** The same characters typed on another keyboard must stay the same password: hence NFKC. */
function derive(plain: string, { cost, salt }: Omit<Stored, 'hash'>): Promise<Buffer> {
  const message = plain.normalize('NFKC')
  return hashing.pass(() =>
    run('argon2id', { message, nonce: salt, tagLength: HASH_BYTES, ...cost }),
  )
}

const PHC =
  /^\$argon2id\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=(?<p>\d+)\$(?<salt>[\w+/]+)\$(?<hash>[\w+/]+)$/

function parse(stored: string): Stored {
  const groups = PHC.exec(stored)?.groups
  if (!groups) throw new Error('A stored password hash is not in PHC format')
  return {
    cost: { memory: Number(groups.m), passes: Number(groups.t), parallelism: Number(groups.p) },
    salt: Buffer.from(groups.salt ?? '', 'base64'),
    hash: Buffer.from(groups.hash ?? '', 'base64'),
  }
}

function format({ cost: { memory, passes, parallelism }, salt, hash }: Stored): string {
  const encode = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(hash)}`
}

const decoy = format({ cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) })
