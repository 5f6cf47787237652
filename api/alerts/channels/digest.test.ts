import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf, noticeOf } from '../../../test/receivers/notices.ts'
import { digestLines, digestTitle, pagesOf } from './digest.ts'

const digest = digestOf([])
const withdrawn = { text: 'Acknowledgement withdrawn.', by: 'Alice' }

describe('a digest', () => {
  it('counts in its title, the worst first', () => {
    const types = ['UP', 'DOWN', 'DOWN', 'SLOW', 'CERTIFICATE_EXPIRY'] as const
    const entries = types.map((type) => noticeOf(type))
    expect(digestTitle({ ...digest, entries })).toBe(
      '5 alerts: 2 down, 1 slow, 1 with a certificate that expires, 1 up again',
    )
  })

  it('names its part', () => {
    const one = digestOf(['Shop'])
    const page = { number: 2, of: 3, entries: [] }
    expect(digestTitle(one, page)).toBe('1 alert: 1 down (part 2 of 3)')
  })

  it.each([
    ['DOWN', {}, 'DOWN: Shop, since 2026-11-20 03:04'],
    [
      'DOWN',
      { lateness: { reason: 'MAINTENANCE', forMs: 120_000 } },
      'DOWN: Shop, since 2026-11-20 03:04, withheld for 2 min: it was being worked on',
    ],
    ['DOWN', { isUnattended: true }, 'DOWN: Shop, since 2026-11-20 03:04, not acknowledged'],
    [
      'DOWN',
      { isUnattended: true, entry: withdrawn },
      'DOWN: Shop, since 2026-11-20 03:04, nobody is at it any more',
    ],
    ['DOWN', { entry: withdrawn }, 'DOWN: Shop, since 2026-11-20 03:04'],
    ['UP', {}, 'UP: Shop, after 5 min'],
    ['UP', { isRetracted: true }, 'UP: Shop, withdrawn'],
    ['UP', { resolvedAt: null }, 'UP: Shop'],
    ['SLOW', {}, 'SLOW: Shop, since 2026-11-20 03:04'],
    ['CERTIFICATE_EXPIRY', {}, 'CERTIFICATE EXPIRY: Shop, expires in 7 days'],
    ['CERTIFICATE_EXPIRY', { certificateExpiresAt: 0 }, 'CERTIFICATE EXPIRY: Shop, has expired'],
    ['CERTIFICATE_RENEWED', {}, 'CERTIFICATE RENEWED: Shop'],
    ['ACKNOWLEDGED', {}, 'ACKNOWLEDGED: Shop, since 2026-11-20 03:04, by Alice'],
    ['REOPENED', {}, 'REOPENED: Shop, since 2026-11-20 03:04'],
    ['RESOLVED', {}, 'RESOLVED: Shop, after 5 min, resolved by hand (Alice)'],
    ['RESOLVED', { entry: null }, 'RESOLVED: Shop, after 5 min'],
    ['DOWN', { monitorName: 'n'.repeat(200) }, `DOWN: ${'n'.repeat(79)}…, since 2026-11-20 03:04`],
  ] as const)('says of %s %o: %s', (type, change, line) => {
    expect(digestLines([noticeOf(type, change)], 'UTC')).toEqual([line])
  })

  it('is one message where it fits, and names everybody exactly once where it does not', () => {
    const names = fc.array(fc.string({ minLength: 1, maxLength: 100 }), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(names, fc.integer({ min: 400, max: 4_000 }), (given, mostBytes) => {
        const whole = digestOf(given)
        const pages = pagesOf(whole, mostBytes).map((content) => {
          if (content.type !== 'DIGEST' || !content.page) throw new Error('no page of a digest')
          return content.page
        })
        expect(pages.flatMap(({ entries }) => entries)).toEqual(whole.entries)
        for (const { entries, of } of pages) {
          expect(of).toBe(pages.length)
          expect(Buffer.byteLength(digestLines(entries, 'UTC').join('\n'))).toBeLessThanOrEqual(
            mostBytes,
          )
        }
      }),
    )
  })
})
