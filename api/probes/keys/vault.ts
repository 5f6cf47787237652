import { importSecret } from '../../../core/signature.ts'
import type { Keyring } from '../../platform/keyring.ts'
import type { SealedSecret } from './key.ts'

/** Opening and importing a secret costs more than verifying a small message with it. */
const KEPT_MOST = 10_000

/** Secrets ready to verify and sign with. Found by their sealed form: what was rotated away is not found. */
export type Vault = { open(secrets: SealedSecret[]): Promise<CryptoKey[]> }

export function createVault(keyring: Keyring): Vault {
  const kept = new Map<string, CryptoKey>()

  async function open({ sealed, place }: SealedSecret): Promise<CryptoKey> {
    const name = `${place} ${Buffer.from(sealed).toString('base64')}`
    const known = kept.get(name)
    if (known) return known
    const key = await importSecret(keyring.open(sealed, place))
    if (kept.size >= KEPT_MOST) kept.clear()
    kept.set(name, key)
    return key
  }

  return { open: (secrets) => Promise.all(secrets.map(open)) }
}
