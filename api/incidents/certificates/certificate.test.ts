import { describe, expect, it } from 'vitest'
import {
  causeOf,
  type CertificateDecision,
  type CertificateView,
  decideCertificate,
  fateInWords,
} from './certificate.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const expiresAt = Date.parse('2026-12-20T08:00:00Z')
const before = (days: number, ms = 0) => expiresAt - days * DAY_MS + ms

type Row = [string, Partial<CertificateView>, Partial<CertificateDecision>]

const unheard = { incident: null, told: null }
const toldOf = (told: number) => ({ incident: 'i1', told })

const rows: Row[] = [
  ['waits for the 30th day before', { nowMs: before(31) }, { deed: 'NOTHING', dueAt: before(30) }],
  ['is silent just before', { nowMs: before(30, -1) }, { deed: 'NOTHING', told: null }],
  ['opens at 30 days', { nowMs: before(30) }, { deed: 'OPEN', told: 30, dueAt: before(14) }],
  ['opens just after', { nowMs: before(30, 1) }, { deed: 'OPEN', told: 30, dueAt: before(14) }],
  ['tells each stage once', { nowMs: before(29), ...toldOf(30) }, { deed: 'NOTHING', told: 30 }],
  ...[14, 7, 3, 1].flatMap((days, index): Row[] => {
    const former = [30, 14, 7, 3][index]!
    const next = [7, 3, 1][index]
    const dueAt = next === undefined ? null : before(next)
    return [
      [
        `is silent just before ${days} days`,
        { nowMs: before(days, -1), ...toldOf(former) },
        { deed: 'NOTHING', told: former, dueAt: before(days) },
      ],
      [
        `tells at ${days} days`,
        { nowMs: before(days), ...toldOf(former) },
        { deed: 'TELL', told: days, dueAt },
      ],
      [
        `does not tell again just after ${days} days`,
        { nowMs: before(days, 1), ...toldOf(days) },
        { deed: 'NOTHING', told: days, dueAt },
      ],
    ]
  }),
  [
    'tells the last only of stages that passed unseen',
    { nowMs: before(6) },
    { deed: 'OPEN', told: 7, dueAt: before(3), reason: 'it expires in 6 days' },
  ],
  [
    'opens for one that has expired, and waits for no more',
    { nowMs: before(0, 1) },
    { deed: 'OPEN', told: 1, dueAt: null, reason: 'it has expired' },
  ],
  [
    'resolves once more than 30 days are left',
    { nowMs: before(30, -1), ...toldOf(3) },
    { deed: 'RENEW', told: null, dueAt: before(30) },
  ],
  [
    'does not take one with 30 days for renewed, and tells of its own next stage',
    { nowMs: before(30), ...toldOf(3) },
    { deed: 'NOTHING', told: 30, dueAt: before(14) },
  ],
  [
    'leaves what a person resolved resolved until the next stage',
    { nowMs: before(13), incident: null, told: 14 },
    { deed: 'NOTHING', told: 14, dueAt: before(7) },
  ],
  [
    'opens anew then',
    { nowMs: before(7), incident: null, told: 14 },
    { deed: 'OPEN', told: 7, dueAt: before(3) },
  ],
  [
    'says nothing of a renewal where a person resolved',
    { nowMs: before(60), incident: null, told: 14 },
    { deed: 'NOTHING', told: null, dueAt: before(30) },
  ],
  [
    'ends what nobody watches any more',
    { expiresAt: null, nowMs: before(5), ...toldOf(7) },
    { deed: 'DROP', told: null, dueAt: null },
  ],
  [
    'has nothing to say of no certificate',
    { expiresAt: null, nowMs: before(5) },
    { deed: 'NOTHING', told: null, dueAt: null },
  ],
]

describe('decideCertificate', () => {
  it.each(rows)('%s', (_, view, decision) => {
    const whole: CertificateView = { expiresAt, nowMs: 0, ...unheard, ...view }
    expect(decideCertificate(whole)).toMatchObject(decision)
  })
})

describe('fateInWords', () => {
  it.each([
    [30 * DAY_MS - 4_000, 'expires in 30 days'],
    [6.4 * DAY_MS, 'expires in 6 days'],
    [2 * DAY_MS, 'expires in 2 days'],
    [2 * DAY_MS - 1, 'expires in 48 hours'],
    [DAY_MS - 4_000, 'expires in 24 hours'],
    [1, 'expires in 1 hour'],
    [0, 'has expired'],
    [-DAY_MS, 'has expired'],
  ])('of %i ms left: %s', (leftMs, words) => {
    expect(fateInWords(leftMs)).toBe(words)
  })
})

it('says when it expires, or expired', () => {
  expect(causeOf(expiresAt, before(5))).toBe('The certificate expires on 2026-12-20 08:00 UTC.')
  expect(causeOf(expiresAt, expiresAt)).toBe('The certificate expired on 2026-12-20 08:00 UTC.')
})
