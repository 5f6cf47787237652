import { randomUUIDv7 } from 'node:crypto'
import { followTransitions } from '../api/incidents/effects/deeds.ts'
import type { Status, Transition } from '../api/monitors/timeline.ts'
import { insertTransitions, supersedeTransitions } from '../api/monitors/transitions/store.ts'
import { type Database, inTransaction, type Transaction } from '../api/platform/database.ts'
import type { Watched } from './monitors.ts'

export type Turning = Watched & { from: Status; to: Status; at: number }

/** Turns monitors as deciding does, transitions, incidents and alerts in one transaction; the transitions' ids. */
export function turn(database: Database, ...turnings: Turning[]): Promise<string[]> {
  return inTransaction(database, (tx) => turnWithin(tx, ...turnings))
}

/** As `turn`, in a transaction that goes on. */
export async function turnWithin(tx: Transaction, ...turnings: Turning[]): Promise<string[]> {
  const stored = turnings.map((turning) => ({
    ...transitionOf(turning),
    ...turning,
    id: randomUUIDv7(),
  }))
  const timelines = stored.map(({ monitorId, workspaceId, ...one }) => ({
    monitorId,
    workspaceId,
    transitions: [one],
    superseded: [],
  }))
  await insertTransitions(tx, stored)
  await followTransitions(tx, timelines, Date.now())
  return stored.map(({ id }) => id)
}

/** Late results: `gone` holds no more, and nothing takes its place. */
export async function takeBack(
  database: Database,
  { monitorId, workspaceId, ...gone }: Turning,
  transitionId: string,
): Promise<void> {
  const superseded = [{ ...transitionOf({ monitorId, workspaceId, ...gone }), id: transitionId }]
  await inTransaction(database, async (tx) => {
    await supersedeTransitions(tx, [transitionId], Date.now())
    await followTransitions(
      tx,
      [{ monitorId, workspaceId, transitions: [], superseded }],
      Date.now(),
    )
  })
}

function transitionOf({ from, to, at }: Turning): Transition {
  const vote = to === 'DOWN' ? 'DOWN' : 'UP'
  return {
    from,
    to,
    at,
    decidedAt: at,
    votes: [{ region: 'local', vote, at, since: at, reason: 'told so', cause: null }],
    policy: { regionsAssigned: 1, quorum: null },
    reason: `it turned from ${from} to ${to}`,
    cause: to === 'DOWN' ? 'Connection refused' : null,
  }
}
