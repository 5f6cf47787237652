import { describe, expect, it } from 'vitest'
import { wayOf } from '../../../../test/receivers/channels.ts'
import { digestOf, noticeContent, trial } from '../../../../test/receivers/notices.ts'
import type { Content } from '../content.ts'
import type { Way } from '../kind.ts'
import { email } from './email.ts'

const INCIDENT =
  'https://pharos.example/incidents/SW5jaWRlbnQ6MDE5MzZmMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDBi'

const compose = (content: Content, way: Partial<Way> = {}) =>
  email.compose(content, wayOf('EMAIL', way))

describe('a mail', () => {
  it('says what the other channels say, and nothing twice', () => {
    const { subject, text } = compose(noticeContent('DOWN'))
    expect(subject).toBe('DOWN: Shop')
    expect(text).toBe(`Shop is down

Connection refused

What:            https://shop.example/cart
Down since:      2026-11-20 03:04:05 UTC
Seen from:       local, weur (2 of 3 regions)
Last good check: 2026-11-20 03:03:35 UTC

Look at it, or acknowledge it: ${INCIDENT}

-- 
You get this mail because Pharos sends its alerts to ada@example.com.
`)
  })

  it('tells the same in HTML', () => {
    const { html } = compose(noticeContent('DOWN'))
    for (const told of ['<bdi>Shop is down</bdi>', '2026-11-20 03:04:05 UTC', `href="${INCIDENT}"`])
      expect(html).toContain(told)
  })

  it('shows a picture that any reader may fetch, and links every one', () => {
    const of = (screenshotUrl: string, publicUrl = 'https://pharos.example') =>
      compose(noticeContent('DOWN', { screenshotUrl }), { publicUrl })
    const shown = of('/media/a.png')
    expect(shown.html).toContain('<img')
    expect(shown.text).toContain('Screenshot: https://pharos.example/media/a.png')
    const linked = of('/media/a.png', 'http://localhost:4000')
    expect(linked.html).not.toContain('<img')
    expect(linked.text).toContain('Screenshot: http://localhost:4000/media/a.png')
  })

  it('has the channel’s own words instead', () => {
    const wording = { title: '{{monitor}}!', text: 'Since {{since}}\nCall Bob.' }
    const { subject, text } = compose(noticeContent('DOWN'), { wording })
    expect(subject).toBe('Shop!')
    expect(text).toMatch(/^Shop!\n\nSince 2026-11-20 03:04:05 UTC\nCall Bob.\n\nLook at it/)
  })

  it('lists the alerts of a digest by the clock of its reader', () => {
    const digest = { ...digestOf(['Shop', 'Blog']), timeZone: 'Europe/Paris' }
    const { subject, text } = compose({ type: 'DIGEST', digest })
    expect(subject).toBe('2 alerts: 2 down')
    expect(text).toContain('Times are those of Europe/Paris.')
    expect(text).toContain(
      'DOWN: Shop, since 2026-11-20 04:04\nDOWN: Blog, since 2026-11-20 04:04\n',
    )
    expect(text).toContain('Look at all that is open: https://pharos.example/incidents\n')
  })

  it('tries a channel in its own words', () => {
    const wording = { title: '{{monitor}} {{state}}', text: 'It was {{cause}}.\nCall Bob.' }
    const { subject, text } = compose(trial, { wording })
    expect(subject).toBe('This channel works')
    expect(text).toContain('Nothing is wrong.')
    expect(text).toContain(
      'Example is down\nIt was The answer was 503, expected 200–399.\nCall Bob.',
    )
    expect(compose(trial).text).not.toContain('own words')
  })

  it('takes no HTML from anybody', () => {
    const evil = "\"><script>alert(1)</script><img src=x onerror='y'>"
    const change = {
      monitorName: evil,
      target: evil,
      cause: evil,
      regions: [evil],
      recipient: evil,
    }
    const { html } = compose(noticeContent('DOWN', change))
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&#60;script&#62;')
    expect(html).not.toContain("onerror='")
  })
})
