import fs from 'node:fs'
import type { ProbeResult } from '../../core/probe-protocol.ts'

/** After a write the disk is told to keep it within this time. */
const SYNC_AFTER_MS = 1_000

/** A file that results are appended to, one line of JSON each. */
export type Segment = {
  path: string
  bytes(): number
  count(): number
  append(lines: string[]): void
  /** Nothing is appended any more. */
  close(): void
}

/** Throws if there is such a file. */
export function openSegment(path: string): Segment {
  const descriptor = fs.openSync(path, 'ax', 0o600)
  let bytes = 0
  let count = 0
  let syncing: NodeJS.Timeout | null = null
  return {
    path,
    bytes: () => bytes,
    count: () => count,
    append(lines) {
      // One write: whoever kills us in between leaves at most the last line torn.
      bytes += fs.writeSync(descriptor, lines.join(''))
      count += lines.length
      syncing ??= setTimeout(() => {
        syncing = null
        fs.fdatasync(descriptor, ignore)
      }, SYNC_AFTER_MS).unref()
    },
    close() {
      if (syncing) clearTimeout(syncing)
      fs.fdatasync(descriptor, () => fs.close(descriptor, ignore))
    },
  }
}

/** Its whole lines. A torn one is of a run that nobody was told of. */
export function readSegment(path: string): ProbeResult[] {
  return readText(path)
    .split('\n')
    .flatMap((line) => readLine(line) ?? [])
}

export function removeSegment(path: string): void {
  fs.rmSync(path, { force: true })
}

/** Nothing where somebody removed it. */
function readText(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** What this program wrote itself: the server refuses what an older version of it wrote differently. */
function readLine(line: string): ProbeResult | null {
  try {
    return JSON.parse(line) as ProbeResult
  } catch {
    return null
  }
}

function ignore(): void {}
