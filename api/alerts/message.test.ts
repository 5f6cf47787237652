import { describe, expect, it } from 'vitest'
import { noticeOf } from '../../test/receivers/notices.ts'
import { type Notice, regionsBehind, wordsOf } from './message.ts'

const at = (time: string) => Date.parse(`2026-11-20T${time}.000Z`)
const certificate = (until: string) => ({ certificateExpiresAt: Date.parse(until) })

type Case = [what: string, given: Notice, said: { [Of in keyof ReturnType<typeof said>]?: unknown }]

function said(notice: Notice) {
  const { subject, heading, lead, facts } = wordsOf(notice)
  return { subject, heading, lead, facts: facts.map(({ label, value }) => `${label}: ${value}`) }
}

describe('a message at three in the morning', () => {
  it.each<Case>([
    [
      'what is down, why, since when, seen from where, and when it was last good',
      noticeOf('DOWN'),
      {
        subject: 'DOWN: Shop',
        heading: 'Shop is down',
        lead: 'Connection refused',
        facts: [
          'What: https://shop.example/cart',
          'Down since: 2026-11-20 03:04:05 UTC',
          'Seen from: local, weur (2 of 3 regions)',
          'Last good check: 2026-11-20 03:03:35 UTC',
        ],
      },
    ],
    [
      'the time where its reader is, with the zone',
      noticeOf('DOWN', { timeZone: 'America/New_York' }),
      {
        facts: expect.arrayContaining([
          'Down since: 2026-11-19 22:04:05 -05:00 (America/New_York)',
        ]),
      },
    ],
    [
      'that nobody has acknowledged it, where it escalates',
      noticeOf('DOWN', { isUnattended: true }),
      {
        subject: 'DOWN: Shop (not acknowledged)',
        lead: 'Connection refused\nNobody has acknowledged it yet.',
      },
    ],
    [
      'that nobody is at it any more, where somebody was, and why',
      noticeOf('DOWN', {
        isUnattended: true,
        entry: { text: 'Acknowledgement withdrawn.', by: 'Alice' },
      }),
      {
        subject: 'DOWN: Shop (nobody is at it any more)',
        lead: 'Connection refused\nNobody is at it any more. Acknowledgement withdrawn (Alice).',
      },
    ],
    [
      'nothing of that where somebody is at it again',
      noticeOf('DOWN', { entry: { text: 'Acknowledgement withdrawn.', by: 'Alice' } }),
      { subject: 'DOWN: Shop', lead: 'Connection refused' },
    ],
    [
      'that it is late, how late, and why',
      noticeOf('DOWN', { lateness: { reason: 'MAINTENANCE', forMs: 2_520_000 } }),
      {
        lead: 'Connection refused\nThis alert was withheld for 42 min: it was being worked on.',
      },
    ],
    [
      'of a job what it calls by, and no place it is seen from',
      noticeOf('DOWN', {
        monitorKind: 'HEARTBEAT',
        target: '',
        regions: ['heartbeat'],
        lastGoodAt: null,
      }),
      { heading: 'Shop is down', facts: ['Down since: 2026-11-20 03:04:05 UTC'] },
    ],
    [
      'until when it was down, where that is over before it is told',
      noticeOf('DOWN', { resolvedAt: at('03:08:20') }),
      { facts: expect.arrayContaining(['Until: 2026-11-20 03:08:20 UTC', 'Lasted: 4 min 15 s']) },
    ],
    [
      'that it is up again, how long it was not, and what it was',
      noticeOf('UP', { resolvedAt: at('03:08:20') }),
      {
        subject: 'UP: Shop (after 4 min 15 s)',
        heading: 'Shop is up again',
        lead: 'It answers as expected.',
        facts: [
          'What: https://shop.example/cart',
          'Down from: 2026-11-20 03:04:05 UTC',
          'Until: 2026-11-20 03:08:20 UTC',
          'Lasted: 4 min 15 s',
          'Seen from: local, weur (2 of 3 regions)',
          'What it was: Connection refused',
        ],
      },
    ],
    [
      'that it is up, but slow, where that is what it became',
      noticeOf('UP', { statusAfter: 'DEGRADED', resolvedAt: at('03:08:20') }),
      {
        subject: 'UP: Shop (after 4 min 15 s, but slow)',
        heading: 'Shop is up again, but slow',
        lead: 'It answers again, but takes longer than it should.',
      },
    ],
    [
      'that a job calls again',
      noticeOf('UP', { monitorKind: 'HEARTBEAT' }),
      {
        lead: 'Its job calls as expected.',
        facts: [
          'What: https://shop.example/cart',
          'Down from: 2026-11-20 03:04:05 UTC',
          'Until: 2026-11-20 03:09:05 UTC',
          'Lasted: 5 min',
          'What it was: Connection refused',
        ],
      },
    ],
    [
      'that it is slow',
      noticeOf('SLOW'),
      {
        subject: 'SLOW: Shop',
        heading: 'Shop is slow',
        lead: 'The median answer took 2,310 ms, over 1,000 ms',
        facts: [
          'What: https://shop.example/cart',
          'Slow since: 2026-11-20 03:04:05 UTC',
          'Seen from: local, weur (2 of 3 regions)',
          'Last normal check: 2026-11-20 03:03:35 UTC',
        ],
      },
    ],
    [
      'that it is as fast as usual again',
      noticeOf('NORMAL'),
      {
        subject: 'NORMAL: Shop (after 5 min)',
        heading: 'Shop is as fast as usual again',
        lead: 'It answers as fast as it should.',
      },
    ],
    [
      'who is at it, in a line, with what it is and since when',
      noticeOf('ACKNOWLEDGED'),
      {
        subject: 'ACKNOWLEDGED: Shop (Alice)',
        heading: 'Alice is at it: Shop',
        lead: 'Connection refused',
        facts: ['What: https://shop.example/cart', 'Down since: 2026-11-20 03:04:05 UTC'],
      },
    ],
    [
      'what somebody is at, where that is no outage',
      noticeOf('ACKNOWLEDGED', { incidentKind: 'LATENCY' }),
      { facts: expect.arrayContaining(['Slow since: 2026-11-20 03:04:05 UTC']) },
    ],
    [
      'that somebody is at it, where the account is gone',
      noticeOf('ACKNOWLEDGED', { entry: { text: 'Acknowledged.', by: null } }),
      { heading: 'Somebody is at it: Shop' },
    ],
    [
      'that nobody is at it any more',
      noticeOf('REOPENED'),
      {
        subject: 'REOPENED: Shop',
        heading: 'Nobody is at it any more: Shop',
        lead: 'The acknowledgement held for 30 minutes, and it is not over.',
        facts: expect.arrayContaining(['Down since: 2026-11-20 03:04:05 UTC']),
      },
    ],
    [
      'that it is closed, by whom, and not that it is well',
      noticeOf('RESOLVED'),
      {
        subject: 'RESOLVED: Shop (after 5 min)',
        heading: 'The incident of Shop is closed',
        lead: 'Resolved by hand (Alice).',
        facts: expect.arrayContaining(['Lasted: 5 min', 'What it was: Connection refused']),
      },
    ],
    [
      'that it is closed because its monitor is paused',
      noticeOf('RESOLVED', { entry: { text: 'paused by a person', by: null } }),
      { lead: 'Paused by a person.' },
    ],
    [
      'of an alarm that was none that it is withdrawn, and not that it was down',
      noticeOf('UP', { isRetracted: true }),
      {
        subject: 'UP: Shop (withdrawn)',
        heading: 'Shop was fine',
        lead: 'Late results showed that nothing was wrong: the earlier alert is withdrawn.',
        facts: ['What: https://shop.example/cart', 'That alert said: Connection refused'],
      },
    ],
    [
      'an alarm that is withdrawn before it is sent, as it was',
      noticeOf('DOWN', { isRetracted: true }),
      { subject: 'DOWN: Shop', lead: 'Connection refused' },
    ],
    [
      'that a certificate expires in days',
      noticeOf('CERTIFICATE_EXPIRY', certificate('2026-12-04T08:00:00Z')),
      {
        subject: 'CERTIFICATE: Shop (expires in 14 days)',
        heading: 'The certificate of Shop expires in 14 days',
        lead: 'Renew it in time: whoever visits after that is warned off.',
        facts: ['What: https://shop.example/cart', 'Expires: 2026-12-04 08:00:00 UTC'],
      },
    ],
    [
      'that a certificate expires in hours',
      noticeOf('CERTIFICATE_EXPIRY', certificate('2026-11-21T03:05:00Z')),
      { heading: 'The certificate of Shop expires in 24 hours' },
    ],
    [
      'that a certificate has expired, and not to renew it in time',
      noticeOf('CERTIFICATE_EXPIRY', certificate('2026-11-20T03:05:00Z')),
      {
        subject: 'CERTIFICATE: Shop (has expired)',
        heading: 'The certificate of Shop has expired',
        lead: 'Whoever visits is warned off until it is renewed.',
        facts: ['What: https://shop.example/cart', 'Expired: 2026-11-20 03:05:00 UTC'],
      },
    ],
    [
      'that a certificate was renewed',
      noticeOf('CERTIFICATE_RENEWED', certificate('2027-02-18T08:00:00Z')),
      {
        subject: 'CERTIFICATE: Shop (renewed)',
        heading: 'The certificate of Shop was renewed',
        lead: 'The new one is valid until 2027-02-18 08:00:00 UTC.',
        facts: ['What: https://shop.example/cart'],
      },
    ],
    [
      'nothing of what is not known',
      noticeOf('DOWN', { lastGoodAt: null, regions: [], target: '' }),
      { facts: ['Down since: 2026-11-20 03:04:05 UTC'] },
    ],
  ])('says %s', (_, notice, expected) => {
    expect(said(notice)).toMatchObject(expected)
  })
})

describe('a hostile name', () => {
  it.each([
    ['a line break', 'Shop\r\nBcc: eve@example.com', 'DOWN: Shop Bcc: eve@example.com'],
    ['control characters', 'Sh\u0000o\u001bp\u007f', 'DOWN: Sh o p'],
    ['a Unicode line break', 'Shop\u2028Bcc: x', 'DOWN: Shop Bcc: x'],
    ['a direction override', 'Shop \u202Egpj.exe\u202C', 'DOWN: Shop gpj.exe'],
    ['zero-width characters', 'Sh\u200Bo\uFEFFp', 'DOWN: Shop'],
    ['half a surrogate pair', 'Shop \uD83D', 'DOWN: Shop \uFFFD'],
    ['nothing to see', '\u200b', 'DOWN: A monitor without a name'],
  ])('with %s cannot leave its line', (_, monitorName, subject) => {
    expect(wordsOf(noticeOf('DOWN', { monitorName })).subject).toBe(subject)
  })

  it('with a thousand characters leaves a subject of at most 200', () => {
    const monitorName = '🦀'.repeat(1_000)
    const { subject } = wordsOf(noticeOf('NORMAL', { monitorName, resolvedAt: at('23:59:59') }))
    expect(subject.length).toBeLessThanOrEqual(200)
    expect(subject).toContain('…')
    expect(subject.isWellFormed()).toBe(true)
  })
})

describe('regionsBehind', () => {
  it('names the regions that voted so', () => {
    const cast = (region: string, vote: 'UP' | 'DOWN' | 'SLOW') => ({
      region,
      vote,
      at: 0,
      since: 0,
      reason: '',
      cause: null,
    })
    const votes = [cast('local', 'DOWN'), cast('weur', 'UP'), cast('enam', 'SLOW')]
    expect(regionsBehind('DOWN', votes)).toEqual(['local'])
    expect(regionsBehind('UP', votes)).toEqual(['weur', 'enam'])
    expect(regionsBehind('NORMAL', votes)).toEqual(['weur'])
  })
})
