import { type PlannedMonitor, planOf, type ProbePlan, takeAssignments } from '../core/probe-plan.ts'
import type { ProbeAssignment } from '../core/probe-protocol.ts'
import { inSuspense } from '../core/region.ts'
import { type Line, NEW_LINE } from './cadence.ts'
import { type Health, newHealth } from './health.ts'
import type { EdgeRegion, ProbeKey, Settings } from './settings.ts'
import type { Spool } from './spool.ts'
import { createTables, readAssignments, readNote, writeNote } from './store.ts'

/** Where an object was put: one of `of` shards of its region. */
export type Post = { region: EdgeRegion; index: number; of: number }

/** What an object has from the server: the version of its assignments, and what makes its clock the server's. */
export type Held = { version: string | null; offsetMs: number | null }

/** All that one Durable Object works with. */
export type Duty = {
  settings: Settings
  key: ProbeKey
  sql: SqlStorage
  post: Post
  held: Held
  plan: ProbePlan
  spool: Spool
  line: Line
  health: Health
  /** Three letters of the place where Cloudflare runs it, and when that was asked. */
  colo: { name: string | null; askedAt: number }
}

/** Goes on where the object was before it left memory. */
export function takeUp(sql: SqlStorage, settings: Settings, key: ProbeKey, post: Post): Duty {
  createTables(sql)
  const held = readNote<Held>(sql, 'held') ?? { version: null, offsetMs: null }
  const duty: Duty = {
    settings,
    key,
    sql,
    post,
    held,
    plan: new Map(),
    spool: { sql, fresh: [] },
    line: NEW_LINE,
    health: newHealth(settings.references),
    colo: { name: null, askedAt: 0 },
  }
  const items = readAssignments(sql)
  const before = planOf(readSuspense(sql, items))
  return { ...duty, plan: takeAssignments(before, items, serverNow(duty)) }
}

/** The server's time, epoch milliseconds. */
export function serverNow({ held }: Pick<Duty, 'held'>): number {
  return Date.now() + (held.offsetMs ?? 0)
}

/** An instant of the server's clock by the object's own. */
export function ownInstant({ held }: Pick<Duty, 'held'>, at: number): number {
  return at - (held.offsetMs ?? 0)
}

export function hold(duty: Duty, held: Held): void {
  duty.held = held
  writeNote(duty.sql, 'held', held)
}

/** Among so many shards others are its monitors: it asks for all of them anew. */
export function moveTo(duty: Duty, of: number): void {
  duty.post = { ...duty.post, of }
  writeNote(duty.sql, 'post', duty.post)
  hold(duty, { ...duty.held, version: null })
}

/** What is not yet confirmed must not be forgotten; all that is calm begins anew without harm. */
export function saveSuspense({ sql, plan }: Duty): void {
  const kept = [...plan.values()].filter(inSuspense).map(({ assignment, ...rest }) => ({
    monitorId: assignment.monitorId,
    ...rest,
  }))
  writeNote(sql, 'suspense', kept)
}

type Suspended = Omit<PlannedMonitor, 'assignment'> & { monitorId: string }

function readSuspense(sql: SqlStorage, items: ProbeAssignment[]): PlannedMonitor[] {
  const assignments = new Map(items.map((item) => [item.monitorId, item]))
  return (readNote<Suspended[]>(sql, 'suspense') ?? []).flatMap(({ monitorId, ...rest }) => {
    const assignment = assignments.get(monitorId)
    return assignment ? { assignment, ...rest } : []
  })
}
