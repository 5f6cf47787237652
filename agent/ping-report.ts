import { type Failure, failure } from '../core/failure.ts'

const MAX_REASON_LENGTH = 200

/** What a run of the ping program left; `spawnError` when it could not even start. */
export type PingRun = { spawnError: string | null; stdout: string; stderr: string }

export type PingReport = {
  ok: true
  sent: number
  received: number
  minMs: number | null
  averageMs: number | null
  maxMs: number | null
}

/** Reads the summary of ping as iputils, busybox and the BSDs write it; else why there is none. */
export function readPing({ spawnError, stdout, stderr }: PingRun): PingReport | Failure {
  if (spawnError !== null) return spawnFailure(spawnError)
  const [, sent, received] =
    /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(stdout) ?? []
  const trouble = ownTrouble(stderr)
  if (trouble && !Number(received)) return trouble
  if (sent === undefined)
    return failure('PROBE_FAILURE', `The ping program failed: ${reasonOf(stderr)}`)
  const times = /min\/avg\/max\S* = ([\d.]+)\/([\d.]+)\/([\d.]+)/.exec(stdout)
  const [minMs = null, averageMs = null, maxMs = null] = times?.slice(1).map(Number) ?? []
  return { ok: true, sent: Number(sent), received: Number(received), minMs, averageMs, maxMs }
}

function spawnFailure(code: string): Failure {
  return code === 'ENOENT'
    ? failure(
        'PROBE_FAILURE',
        'The probe has no ping program: install iputils-ping (Debian, Ubuntu) or iputils (Alpine, Fedora)',
      )
    : failure('PROBE_FAILURE', `The ping program cannot be started (${code})`)
}

/** What this machine lacks, as the ping program tells it. */
function ownTrouble(stderr: string): Failure | null {
  if (/not permitted|permission denied|lacking privilege/i.test(stderr)) {
    return failure(
      'PROBE_FAILURE',
      'The probe may not send pings: give its ping program or its container the capability NET_RAW',
    )
  }
  if (/network is unreachable|cannot assign requested address|not supported/i.test(stderr)) {
    return failure(
      'PROBE_FAILURE',
      `The probe itself has no route to the target: ${reasonOf(stderr)}`,
    )
  }
  return null
}

function reasonOf(stderr: string): string {
  return stderr.trim().split('\n')[0]?.slice(0, MAX_REASON_LENGTH) || 'it printed no summary'
}
