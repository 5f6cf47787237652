import { describe, expect, it } from 'vitest'
import type { CheckKind, CheckRequest } from './check.ts'
import type { ProbeAssignment } from './probe-protocol.ts'
import { readSyncAnswer } from './sync-answer.ts'

const assertion = { source: 'STATUS', property: null, comparison: 'EQUALS', target: '200' } as const

const requests = {
  HTTP: {
    kind: 'HTTP',
    target: 'https://example.com/',
    timeoutMs: 10_000,
    assertions: [assertion],
    expectations: {
      method: 'POST',
      headers: [{ name: 'accept', value: '*/*' }],
      body: '{}',
      auth: { type: 'BEARER', token: 't' },
      followRedirects: true,
      verifyTls: true,
      expectedStatus: [{ from: 200, to: 399 }],
    },
  },
  TCP: {
    kind: 'TCP',
    target: 'example.com:25',
    timeoutMs: 10_000,
    assertions: [],
    expectations: { tls: false, verifyTls: true, send: null, expect: '^220' },
  },
  PING: {
    kind: 'PING',
    target: 'example.com',
    timeoutMs: 10_000,
    assertions: [],
    expectations: { packets: 4, maxLossPercent: 50 },
  },
  DNS: {
    kind: 'DNS',
    target: 'example.com',
    timeoutMs: 10_000,
    assertions: [],
    expectations: { recordType: 'MX', resolver: null, responseCode: 'NOERROR' },
  },
  TLS: {
    kind: 'TLS',
    target: 'example.com:443',
    timeoutMs: 10_000,
    assertions: [],
    expectations: { serverName: null, verifyChain: true },
  },
} satisfies { [Kind in CheckKind]: CheckRequest<Kind> }

const assignmentOf = (request: CheckRequest): ProbeAssignment => ({
  monitorId: '019aa0c1-77e0-7000-8000-00000000002a',
  decidableFrom: 1_763_632_800_000,
  intervalSeconds: 60,
  policy: {
    failureThreshold: 3,
    recoveryThreshold: 1,
    latencyThresholdMs: null,
    slowThreshold: 3,
    normalThreshold: 3,
    intervalSeconds: 60,
    timeoutMs: 10_000,
  },
  request,
})

const answerOf = (items: unknown[]) => ({
  serverTime: 1_763_632_861_000,
  receipts: [{ status: 'ACCEPTED' }, { status: 'REFUSED', reason: 'not assigned' }],
  assignments: { version: '5-1', items },
})

describe('an answer', () => {
  it.each(Object.values(requests))('with a check of kind $kind is read', (request) => {
    const answer = answerOf([assignmentOf(request)])
    expect(readSyncAnswer(JSON.stringify(answer))).toEqual(answer)
  })

  it('without assignments leaves those that are held', () => {
    const answer = { ...answerOf([]), assignments: null }
    expect(readSyncAnswer(JSON.stringify(answer))).toEqual(answer)
  })

  it('of a newer server leaves out what this probe cannot read, and keeps the rest', () => {
    const newer = { ...assignmentOf(requests.DNS), request: { ...requests.DNS, kind: 'SMTP' } }
    const answer = readSyncAnswer(JSON.stringify(answerOf([newer, assignmentOf(requests.TLS)])))
    expect(answer?.assignments?.items).toEqual([assignmentOf(requests.TLS)])
  })

  it.each(['', '{', '[]', '{"serverTime":"now"}'])('is none where the body is %j', (body) => {
    expect(readSyncAnswer(body)).toBeNull()
  })
})
