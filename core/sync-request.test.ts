import { describe, expect, it } from 'vitest'
import { MAX_RESULTS_PER_SYNC, type SyncRequest } from './probe-protocol.ts'
import { readSyncRequest } from './sync-request.ts'
import { probeResult } from './testing/probe-result.ts'

const sync: SyncRequest = {
  version: '1.0.0',
  capabilities: ['HTTP', 'TCP', 'DNS'],
  colo: 'FRA',
  shard: { index: 0, of: 2 },
  assignmentsVersion: '3-5f',
  sentAt: 1_763_632_861_000,
  unhealthySince: null,
  results: [probeResult()],
}

const read = (changed: object) => readSyncRequest(JSON.stringify({ ...sync, ...changed }))

/** What becomes of one result with these changes: itself, or why it is refused. */
function readOne(changed: object) {
  const request = read({ results: [{ ...probeResult(), ...changed }] })
  if ('problem' in request) throw new Error(request.problem)
  const [only] = request.results
  return 'refused' in only! ? only.refused : only!.result
}

const failed = { outcome: 'DOWN', errorKind: 'TIMEOUT', message: 'It took too long' }

describe('a sync', () => {
  it('is read as it was written', () => {
    expect(read({})).toEqual({ ...sync, results: [{ result: probeResult() }] })
  })

  it.each([
    ['is not JSON', '{', 'the body is not JSON'],
    ['is nothing', '', 'the body is not JSON'],
    ['is another thing', '[]', /expected object/],
  ])('is none where the body %s', (_, body, problem) => {
    expect(readSyncRequest(body)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it.each([
    ['no version', { version: undefined }, /^version/],
    ['a version with a line break', { version: '1\n2' }, /^version/],
    ['a shard that there is not', { shard: { index: 2, of: 2 } }, /^shard/],
    ['an instant of no calendar', { sentAt: 1e300 }, /^sentAt/],
    ['no list of results', { results: {} }, /^results/],
    ['too many results', { results: Array(MAX_RESULTS_PER_SYNC + 1).fill(null) }, /^results/],
  ])('is refused whole with %s', (_, changed, problem) => {
    expect(read(changed)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('of a newer probe may name kinds that this server does not know', () => {
    expect(read({ capabilities: ['SMTP', 'DNS', 'HTTP'] })).toMatchObject({
      capabilities: ['HTTP', 'DNS'],
    })
  })

  it('refuses a bad result alone, and keeps the order', () => {
    const results = [probeResult(), null, { ...probeResult(), attempt: -1 }, probeResult()]
    expect(read({ results })).toMatchObject({
      results: [
        { result: probeResult() },
        { refused: expect.stringMatching(/expected object/) },
        { refused: expect.stringMatching(/^attempt/) },
        { result: probeResult() },
      ],
    })
  })
})

describe('a result is read', () => {
  it.each([
    ['that failed', failed],
    ['that says nothing of the target', { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' }],
    ['of which nothing was measured', { latencyMs: null, httpStatus: null, dnsOk: null }],
    [
      'with the packets of a ping',
      { details: { kind: 'PING', sent: 4, received: 3, minMs: 1.5, maxMs: 9 } },
    ],
    [
      'with the records of a name',
      { details: { kind: 'DNS', responseCode: 'NOERROR', records: ['192.0.2.1'] } },
    ],
  ])('%s', (_, changed) => {
    expect(readOne(changed)).toEqual({ ...probeResult(), ...changed })
  })

  it('without what is no part of it', () => {
    expect(readOne({ region: 'weur', fence: '7', workspaceId: 'x' })).toEqual(probeResult())
  })
})

describe('a result is refused', () => {
  it.each([
    ['whose monitor is no id', { monitorId: "1' OR true" }, /^monitorId/],
    ['whose id is spelt otherwise', { monitorId: probeResult().monitorId.toUpperCase() }, /^monit/],
    ['whose slot is no instant', { scheduledAt: 1.5 }, /^scheduledAt/],
    ['of an attempt that no column holds', { attempt: 32_768 }, /^attempt/],
    ['that is up and failed', { errorKind: 'TIMEOUT' }, /^errorKind: does not go/],
    ['that is down for no reason', { outcome: 'DOWN' }, /^errorKind: does not go/],
    ['that is down by its own fault', { ...failed, errorKind: 'PROBE_FAILURE' }, /^errorKind/],
    ['that missed a heartbeat', { ...failed, errorKind: 'HEARTBEAT_MISSED' }, /^errorKind/],
    ['whose time runs backwards', { latencyMs: -1 }, /^latencyMs/],
    ['whose phases are not told', { phases: {} }, /^phases/],
    ['whose message Postgres cannot hold', { ...failed, message: 'a\0b' }, /^message: cannot/],
    ['with half a surrogate pair', { ...failed, message: '\ud800' }, /^message: cannot/],
    ['whose message is a book', { ...failed, message: 'x'.repeat(1_001) }, /^message/],
    [
      'with the details of a heartbeat',
      { details: { kind: 'HEARTBEAT', runMs: 1, exitCode: 0 } },
      /^details/,
    ],
  ])('%s', (_, changed, reason) => {
    expect(readOne(changed)).toMatch(reason)
  })
})
