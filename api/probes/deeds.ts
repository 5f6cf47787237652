import { randomUUIDv7 } from 'node:crypto'
import type { Principal } from '../accounts/principal.ts'
import { isInstallationOwner } from '../accounts/users/store.ts'
import type { Deps } from '../deps.ts'
import { parseInput } from '../input.ts'
import { inTransaction } from '../platform/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newSecret, ROTATION_MS, secretPlace } from './keys/key.ts'
import {
  countLiveProbes,
  insertProbe,
  lockSecret,
  markProbeRevoked,
  replaceSecret,
} from './keys/store.ts'
import { resolveNoticesOfProbe } from './notices/store.ts'
import { type NewProbe, probeInput } from './probe.ts'

const MAX_PROBES = 100

/** The secret is in the answer only: what is stored is sealed, for the sake of the answers it signs. */
type WithSecret = { probeId: string; secret: string }

export function registerProbe(
  deps: Deps,
  { workspaceId, userId }: Principal,
  input: NewProbe,
): Promise<WithSecret> {
  const given = parseInput(probeInput, input)
  const probe = { id: randomUUIDv7(), workspaceId }
  const secret = newSecret()
  return inTransaction(deps.database, async (tx) => {
    if (given.isShared && !(await isInstallationOwner(tx, userId))) throw notTheOperator()
    if ((await countLiveProbes(tx, workspaceId)) >= MAX_PROBES) throw isFull()
    const isNew = await insertProbe(tx, {
      ...given,
      ...probe,
      secret: deps.keyring.seal(secret, secretPlace(probe, 'secret')),
      createdAt: deps.clock.now(),
    })
    if (!isNew) throw isTaken(given)
    return { probeId: probe.id, secret }
  })
}

/** The former secret goes on working for a day; the one before it no longer does. */
export function rotateProbeSecret(
  deps: Deps,
  { workspaceId }: Principal,
  id: string,
): Promise<WithSecret> {
  const probe = { id, workspaceId }
  const { keyring, clock } = deps
  const secret = newSecret()
  return inTransaction(deps.database, async (tx) => {
    const sealed = await lockSecret(tx, probe)
    if (!sealed) throw notFound()
    const former = keyring.open(sealed, secretPlace(probe, 'secret'))
    await replaceSecret(tx, {
      id,
      secret: keyring.seal(secret, secretPlace(probe, 'secret')),
      former: keyring.seal(former, secretPlace(probe, 'former_secret')),
      formerEndsAt: clock.now() + ROTATION_MS,
    })
    return { probeId: id, secret }
  })
}

/** From now on its key is unknown. Its region has no vote until another probe votes for it. */
export function revokeProbe(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const revokedAt = deps.clock.now()
    if (!(await markProbeRevoked(tx, { id, workspaceId, revokedAt }))) throw notFound()
    await resolveNoticesOfProbe(tx, { id, workspaceId }, revokedAt)
  })
}

function notTheOperator(): Refusal {
  return new Refusal('FORBIDDEN', 'Only the owner of this installation may share a probe.')
}

function isFull(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_PROBES} probes in use.`)
}

function isTaken({ region }: NewProbe): Refusal {
  return new Refusal('CONFLICT', `The region ${region} has a probe already. Revoke that one first.`)
}
