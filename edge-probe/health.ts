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
import { leave } from './conversation.ts'
import { pause, untilDeadline, withDeadline } from './deadline.ts'
import { openReference, type Outbound } from './outbound.ts'

/** For so long the word of the reference targets stands. */
const FRESH_MS = 3_000
/** Less than a failure is held back for. */
const ANSWER_LIMIT_MS = 2_000
const LOOK_AGAIN_MS = 200
/** Until they have answered once they are asked again this often: what never answered proves nothing. */
const PROVE_EVERY_MS = 60_000

/** What a region knows of its own network. Instants are epoch milliseconds of its own clock. */
export type Health = {
  targets: ReferenceTarget[]
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

type Trouble = { since: number; hosts: Map<string, boolean>; isOurs: boolean }

export function newHealth(targets: ReferenceTarget[]): Health {
  return {
    targets,
    word: targets.length === 0 ? 'NONE' : 'ASKED',
    answeredAt: -Infinity,
    asking: null,
    areProven: false,
    isHostReached: false,
    trouble: null,
    recoveredAt: -Infinity,
  }
}

/** Since when the network is gone; null while it is well. */
export function unhealthySince({ trouble }: Health): number | null {
  return trouble?.isOurs ? trouble.since : null
}

/** What to report of a check: at once while all is well, else within the few seconds that it takes to know. */
export async function judgeByHealth(
  health: Health,
  outbound: Outbound,
  { request, startedAt }: { request: CheckRequest; startedAt: number },
  finding: Finding,
): Promise<Finding> {
  const contact = contactOf(finding)
  health.isHostReached ||= hasTouched(finding)
  if (contact !== 'FAILED') {
    if (contact === 'REACHED') noteReached(health, request)
    return finding
  }
  if (health.word === 'NONE') return finding
  if (startedAt < health.recoveredAt) return withoutNetwork(finding, 'it was until just now')
  health.trouble ??= { since: Date.now(), hosts: new Map(), isOurs: false }
  health.trouble.hosts.set(hostOf(request), false)
  return doubt(health, health.trouble, outbound, finding)
}

/** Asks the reference targets, unless they have proven already that they can be reached from here. */
export async function proveReferences(health: Health, outbound: Outbound): Promise<void> {
  if (health.areProven || health.word === 'NONE') return
  if (Date.now() - health.answeredAt >= PROVE_EVERY_MS) await askReferences(health, outbound)
}

function noteReached(health: Health, request: CheckRequest): void {
  const { trouble } = health
  if (!trouble) return
  trouble.hosts.set(hostOf(request), true)
  if (judge(health, trouble).health === 'HEALTHY') endTrouble(health)
}

/** Holds the finding back until it is known whose trouble it is; it is the target's own where another check finds that out. */
async function doubt(
  health: Health,
  trouble: Trouble,
  outbound: Outbound,
  finding: Finding,
): Promise<Finding> {
  while (health.trouble === trouble) {
    if (Date.now() - health.answeredAt >= FRESH_MS) await askReferences(health, outbound)
    const verdict = judge(health, trouble)
    if (verdict.health === 'HEALTHY') endTrouble(health)
    if (verdict.health === 'HOLD') await pause(LOOK_AGAIN_MS)
    if (verdict.health === 'UNHEALTHY') {
      trouble.isOurs = true
      return withoutNetwork(finding, verdict.reason)
    }
  }
  return finding
}

function judge({ word, areProven, isHostReached }: Health, { since, hosts }: Trouble) {
  const references = { references: word, areReferencesProven: areProven }
  return judgeHealth({ since, hosts, isHostReached, ...references }, Date.now())
}

function endTrouble(health: Health): void {
  // Hosts contradict the reference targets: these are to prove themselves anew.
  if (health.word === 'GONE') health.areProven = false
  if (health.trouble?.isOurs) health.recoveredAt = Date.now()
  health.trouble = null
}

/** However many ask, they are asked once at a time. */
function askReferences(health: Health, outbound: Outbound): Promise<void> {
  health.asking ??= ask(health, outbound).finally(() => (health.asking = null))
  return health.asking
}

async function ask(health: Health, outbound: Outbound): Promise<void> {
  const isAnswering = await answersAny(health.targets, outbound)
  health.word = isAnswering ? 'ANSWERING' : 'GONE'
  health.answeredAt = Date.now()
  health.areProven ||= isAnswering
}

/** One after the other: connections are few. */
async function answersAny(targets: ReferenceTarget[], outbound: Outbound): Promise<boolean> {
  for (const target of targets) {
    const socket = openReference(outbound, target)
    const opened = (deadline: AbortSignal) => untilDeadline(socket.opened, deadline)
    const isOpen = withDeadline(ANSWER_LIMIT_MS / targets.length, opened).then(() => true)
    const isAnswering = await isOpen.catch(() => false)
    leave(socket)
    if (isAnswering) return true
  }
  return false
}
