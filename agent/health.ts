import type { CheckRequest, Finding } from '../core/check.ts'
import {
  contactOf,
  hasTouched,
  hostOf,
  judgeHealth,
  type ReferenceTarget,
  type References,
  withoutNetwork,
} from '../core/health.ts'
import type { Checker } from './check.ts'
import { createReferences } from './references.ts'

/** For so long the word of the reference targets stands. */
const FRESH_MS = 3_000
/** Until they have answered once they are asked again this often: what never answered proves nothing. */
const PROVE_EVERY_MS = 60_000
const LOOK_AGAIN_MS = 100

/**
 * A checker that knows the state of its own network. While checks succeed it only passes on; what may be
 * the fault of that network is held back until it is known, for a few seconds.
 */
export type GuardedChecker = Checker & {
  /** Since when the network is gone, epoch milliseconds; null while it is well, undefined before anything was reached. */
  unhealthySince(): number | null | undefined
  /** Asks the reference targets now, whatever they said last. */
  look(): Promise<void>
  stop(): void
}

/** `now` dates the trouble, epoch milliseconds. */
export type GuardOptions = { references: ReferenceTarget[]; now(): number }

export function guardChecker(checker: Checker, { references, now }: GuardOptions): GuardedChecker {
  const guard: Guard = {
    now,
    ask: createReferences(references),
    word: references.length === 0 ? 'NONE' : 'ASKED',
    answeredAt: -Infinity,
    asking: null,
    areProven: false,
    isHostReached: false,
    trouble: null,
    recoveredAt: -Infinity,
  }
  const proving = setInterval(() => {
    if (!guard.areProven) void askReferences(guard)
  }, PROVE_EVERY_MS).unref()
  void askReferences(guard)
  return {
    ...checker,
    async run(request) {
      const from = performance.now()
      return judge(guard, request, from, await checker.run(request))
    },
    unhealthySince() {
      if (guard.trouble?.reason) return guard.trouble.dated
      return guard.areProven || guard.isHostReached ? null : undefined
    },
    async look() {
      // What is under way may have begun before the network came back.
      await guard.asking
      await askReferences(guard)
    },
    stop() {
      clearInterval(proving)
      endTrouble(guard)
    },
  }
}

/** Instants are of performance.now(): a clock that is set prolongs nothing. */
type Guard = {
  now(): number
  ask(): Promise<boolean>
  /** What the reference targets said last, and when. */
  word: References
  answeredAt: number
  asking: Promise<void> | null
  areProven: boolean
  isHostReached: boolean
  /** Null while checks succeed: then nothing is held, noted or asked. */
  trouble: Trouble | null
  /** What began before may have suffered from the trouble that ended then. */
  recoveredAt: number
}

type Trouble = {
  since: number
  /** The same, epoch milliseconds. */
  dated: number
  hosts: Map<string, boolean>
  held: HeldFinding[]
  /** Why the network counts as gone; null while that is not known. */
  reason: string | null
  timer: NodeJS.Timeout | undefined
}

type HeldFinding = { finding: Finding; settle(judged: Finding): void }

function judge(
  guard: Guard,
  request: CheckRequest,
  from: number,
  finding: Finding,
): Finding | Promise<Finding> {
  const contact = contactOf(finding)
  guard.isHostReached ||= hasTouched(finding)
  if (contact === 'FAILED' && guard.word !== 'NONE') return doubt(guard, request, from, finding)
  if (guard.trouble && contact === 'REACHED') {
    guard.trouble.hosts.set(hostOf(request), true)
    reconsider(guard, guard.trouble)
  }
  return finding
}

function doubt(
  guard: Guard,
  request: CheckRequest,
  from: number,
  finding: Finding,
): Finding | Promise<Finding> {
  if (from < guard.recoveredAt) return withoutNetwork(finding, 'it was when this check began')
  const trouble = (guard.trouble ??= beginTrouble(guard))
  trouble.hosts.set(hostOf(request), false)
  const { promise, resolve } = Promise.withResolvers<Finding>()
  trouble.held.push({ finding, settle: resolve })
  reconsider(guard, trouble)
  return promise
}

function reconsider(guard: Guard, trouble: Trouble): void {
  const now = performance.now()
  if (now - guard.answeredAt >= FRESH_MS) void askReferences(guard)
  const { word: references, areProven: areReferencesProven, isHostReached } = guard
  const symptoms = { ...trouble, references, areReferencesProven, isHostReached }
  const verdict = judgeHealth(symptoms, now)
  switch (verdict.health) {
    case 'HOLD':
      return lookAgain(guard, trouble, Math.max(LOOK_AGAIN_MS, verdict.until - now))
    case 'UNHEALTHY':
      trouble.reason = verdict.reason
      release(trouble)
      return lookAgain(guard, trouble, FRESH_MS)
    case 'HEALTHY':
      // Hosts contradict the reference targets: these are to prove themselves anew.
      if (references === 'GONE') guard.areProven = false
      return endTrouble(guard)
  }
}

async function askReferences(guard: Guard): Promise<void> {
  if (guard.word === 'NONE') return
  guard.asking ??= heedReferences(guard).finally(() => (guard.asking = null))
  await guard.asking
}

async function heedReferences(guard: Guard): Promise<void> {
  // Once the network counts as gone it does so until they answer.
  guard.word = guard.trouble?.reason ? 'GONE' : 'ASKED'
  const isAnswering = await guard.ask()
  guard.word = isAnswering ? 'ANSWERING' : 'GONE'
  guard.answeredAt = performance.now()
  guard.areProven ||= isAnswering
  if (guard.trouble) reconsider(guard, guard.trouble)
}

function beginTrouble({ now }: Guard): Trouble {
  return {
    since: performance.now(),
    dated: now(),
    hosts: new Map(),
    held: [],
    reason: null,
    timer: undefined,
  }
}

function lookAgain(guard: Guard, trouble: Trouble, afterMs: number): void {
  clearTimeout(trouble.timer)
  trouble.timer = setTimeout(() => reconsider(guard, trouble), afterMs).unref()
}

function endTrouble(guard: Guard): void {
  const { trouble } = guard
  if (!trouble) return
  guard.trouble = null
  clearTimeout(trouble.timer)
  if (trouble.reason) guard.recoveredAt = performance.now()
  release(trouble)
}

/** What is held is the target's own failure unless the network counts as gone. */
function release({ held, reason }: Trouble): void {
  for (const { finding, settle } of held.splice(0))
    settle(reason === null ? finding : withoutNetwork(finding, reason))
}
