import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_RESULTS_PER_SYNC, type ProbeResult } from '../../core/probe-protocol.ts'
import { openSegment, readSegment, removeSegment, type Segment } from './segment.ts'

/** Half of what a sync may weigh: each segment goes in one, with those behind it that still fit. */
const SEGMENT_BYTES = 524_288
/** About nine hours of a thousand monitors a minute. */
const KEPT_BYTES = 268_435_456
/** No server keeps single checks for less. */
const KEPT_MS = 7 * 86_400_000
/** What the disk does not take waits in memory, up to so many results. */
const UNWRITTEN_MOST = 10_000

/**
 * Results that the server has not receipted, on disk, the oldest first. Each is written at once, so that
 * it survives the end of this process however that comes, and the disk is told to keep it within a second,
 * so that a power cut costs no more. What is receipted goes; what is sent twice is taken once.
 */
export type Spool = {
  append(results: ProbeResult[]): void
  /** The oldest results, as many as go into one sync; null when none wait. */
  next(): Batch | null
  forget(batch: Batch): void
  /** Whether more waits than has come since the last batch was asked for. */
  isBehind(): boolean
  /** How many bytes wait on disk. */
  bytes(): number
  close(): void
}

/** Without paths: the disk did not take them. */
export type Batch = { paths: string[]; results: ProbeResult[] }

export type SpoolOptions = {
  folder: string
  keptBytes?: number
  keptMs?: number
  /** The last resort: how many of the oldest results were given up, and why. */
  onLoss(count: number, why: string): void
}

/** Throws where the folder cannot be written. */
export function openSpool({
  keptBytes = KEPT_BYTES,
  keptMs = KEPT_MS,
  ...options
}: SpoolOptions): Spool {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const sealed = findSegments(options.folder)
  const last = sealed.at(-1)
  const queue: Queue = {
    ...options,
    keptBytes,
    keptMs,
    sealed,
    tail: null,
    sequence: last ? sequenceOf(last.path) : 0,
    unwritten: [],
  }
  beginTail(queue)
  return {
    append: (results) => append(queue, results),
    next: () => next(queue),
    forget: (batch) => forget(queue, batch),
    isBehind: () => queue.sealed.length > 0 || queue.unwritten.length > 0,
    bytes: () => bytesOf(queue),
    close: () => seal(queue),
  }
}

type Queue = Required<SpoolOptions> & {
  /** Files that are no longer written, the oldest first. */
  sealed: SealedSegment[]
  tail: Segment | null
  sequence: number
  unwritten: ProbeResult[]
}

type SealedSegment = { path: string; bytes: number; writtenAt: number }

function append(queue: Queue, results: ProbeResult[]): void {
  const waiting = [...queue.unwritten, ...results]
  try {
    write(queue, waiting.map(toLine))
    queue.unwritten = []
  } catch (error) {
    const lost = Math.max(0, waiting.length - UNWRITTEN_MOST)
    queue.unwritten = waiting.slice(lost)
    if (lost > 0) queue.onLoss(lost, `the disk does not take them: ${(error as Error).message}`)
    // It may end in half a line.
    seal(queue)
  }
  keepBounds(queue)
}

function write(queue: Queue, lines: string[]): void {
  let rest = lines
  while (rest.length > 0) {
    const tail = queue.tail ?? beginTail(queue)
    const fitting = rest.slice(0, fit(tail, rest))
    tail.append(fitting)
    rest = rest.slice(fitting.length)
    if (tail.bytes() >= SEGMENT_BYTES || tail.count() >= MAX_RESULTS_PER_SYNC) seal(queue)
  }
}

/** How many of the lines the tail still takes: the one that fills it is the last. */
function fit(tail: Segment, lines: string[]): number {
  let bytes = tail.bytes()
  const most = Math.min(lines.length, MAX_RESULTS_PER_SYNC - tail.count())
  let count = 0
  while (count < most && bytes < SEGMENT_BYTES) bytes += Buffer.byteLength(lines[count++]!)
  return count
}

/** All that is there is closed: what is sent can be removed while others are written. */
function next(queue: Queue): Batch | null {
  seal(queue)
  keepBounds(queue)
  const written = nextWritten(queue)
  if (written.results.length > 0) return written
  const results = queue.unwritten.slice(0, MAX_RESULTS_PER_SYNC)
  return results.length > 0 ? { paths: [], results } : null
}

/** Each attempt to tell has closed a segment: what waited long comes in one piece, as far as it fits. */
function nextWritten(queue: Queue): Batch {
  const batch: Batch = { paths: [], results: [] }
  let weight = 0
  for (const { path, bytes } of queue.sealed.slice()) {
    const results = readSegment(path)
    if (results.length === 0) {
      remove(queue, path)
      continue
    }
    weight += bytes
    const count = batch.results.length + results.length
    const fits = weight <= SEGMENT_BYTES && count <= MAX_RESULTS_PER_SYNC
    if (batch.paths.length > 0 && !fits) break
    batch.paths.push(path)
    batch.results.push(...results)
  }
  return batch
}

function forget(queue: Queue, { paths, results }: Batch): void {
  if (paths.length > 0) return paths.forEach((path) => remove(queue, path))
  const gone = new Set(results)
  queue.unwritten = queue.unwritten.filter((result) => !gone.has(result))
}

function keepBounds(queue: Queue): void {
  const { sealed, keptMs, keptBytes } = queue
  while (sealed[0] && Date.now() - sealed[0].writtenAt > keptMs) giveUp(queue, 'they are too old')
  while (sealed[0] && bytesOf(queue) > keptBytes) giveUp(queue, 'the spool is full')
}

function giveUp(queue: Queue, why: string): void {
  const [segment] = queue.sealed
  if (!segment) return
  queue.onLoss(readSegment(segment.path).length, why)
  remove(queue, segment.path)
}

function remove(queue: Queue, path: string): void {
  const index = queue.sealed.findIndex((segment) => segment.path === path)
  if (index >= 0) queue.sealed.splice(index, 1)
  removeSegment(path)
}

function beginTail(queue: Queue): Segment {
  queue.sequence += 1
  queue.tail = openSegment(pathOf(queue))
  return queue.tail
}

function seal(queue: Queue): void {
  const { tail } = queue
  if (!tail) return
  queue.tail = null
  tail.close()
  queue.sealed.push({ path: tail.path, bytes: tail.bytes(), writtenAt: Date.now() })
}

function bytesOf({ sealed, tail }: Queue): number {
  return sealed.reduce((sum, segment) => sum + segment.bytes, tail?.bytes() ?? 0)
}

function pathOf({ folder, sequence }: Queue): string {
  return join(folder, `${String(sequence).padStart(12, '0')}.jsonl`)
}

function sequenceOf(path: string): number {
  return Number.parseInt(path.slice(-'000000000000.jsonl'.length), 10)
}

function findSegments(folder: string): SealedSegment[] {
  const names = readdirSync(folder).filter((name) => /^\d{12}\.jsonl$/.test(name))
  return names.toSorted().map((name) => {
    const path = join(folder, name)
    const { size, mtimeMs } = statSync(path)
    return { path, bytes: size, writtenAt: mtimeMs }
  })
}

function toLine(result: ProbeResult): string {
  return `${JSON.stringify(result)}\n`
}
