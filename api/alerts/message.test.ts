import { describe, expect, it } from 'vitest'
import { durationInWords, type Notice, regionsBehind, writeMessage } from './message.ts'

const at = (time: string) => Date.parse(`2026-11-20T${time}.000Z`)

const down: Notice = {
  alertId: 'a1',
  incidentId: 'i1',
  monitorId: 'm1',
  type: 'DOWN',
  daysLeft: null,
  recipient: 'ada@example.com',
  monitorName: 'Shop',
  target: 'https://shop.example/cart',
  startedAt: at('03:04:05'),
  resolvedAt: null,
  isRetracted: false,
  cause: 'Connection refused',
  entry: null,
  regions: ['local', 'weur'],
  regionCount: 3,
  lastGoodAt: at('03:03:35'),
  decidedAt: at('03:05:00'),
  certificateExpiresAt: null,
  screenshotUrl: null,
}

const write = (change: Partial<Notice> = {}) =>
  writeMessage({ ...down, ...change }, 'https://pharos.example')

describe('a message at three in the morning', () => {
  it('says what is down, since when, seen from where, why, and where to look', () => {
    const { subject, text } = write()
    expect(subject).toBe('DOWN: Shop')
    expect(text).toBe(`Shop is down

Connection refused

What:            https://shop.example/cart
Down since:      2026-11-20 03:04:05 UTC
Seen from:       local, weur (2 of 3 regions)
Why:             Connection refused
Last good check: 2026-11-20 03:03:35 UTC

Open Pharos: https://pharos.example

-- 
You get this mail because Pharos watches Shop and sends its alerts to ada@example.com.
`)
  })

  it('says that it is up again, and how long it was not', () => {
    const { subject, text } = write({ type: 'UP', resolvedAt: at('03:08:20'), lastGoodAt: null })
    expect(subject).toBe('UP: Shop (after 4 min 15 s)')
    expect(text).toContain('Down from:  2026-11-20 03:04:05 UTC')
    expect(text).toContain('Over since: 2026-11-20 03:08:20 UTC')
    expect(text).toContain('Lasted:     4 min 15 s')
  })

  it('says slow and normal in words of their own', () => {
    expect(write({ type: 'SLOW' }).text).toContain('Slow since')
    expect(write({ type: 'SLOW' }).text).toContain('Last normal check')
    expect(write({ type: 'NORMAL', resolvedAt: at('03:08:20') }).subject).toBe(
      'NORMAL: Shop (after 4 min 15 s)',
    )
  })

  it('says of an alarm that was none that it is withdrawn', () => {
    const { subject, text } = write({ type: 'UP', isRetracted: true })
    expect(subject).toBe('UP: Shop (withdrawn)')
    expect(text).toMatch(/^Shop was fine\n\nLate results showed that nothing was wrong/)
  })

  it('tells an alarm that is withdrawn before it is sent as it was', () => {
    const { subject, text } = write({ isRetracted: true })
    expect(subject).toBe('DOWN: Shop')
    expect(text).toMatch(/^Shop is down\n\nConnection refused/)
  })

  it.each([
    ['2026-12-04T08:00:00Z', 'expires in 14 days'],
    ['2026-11-21T03:05:00Z', 'expires in 24 hours'],
    ['2026-11-19T08:00:00Z', 'has expired'],
  ])('says of a certificate valid until %s that it %s', (until, fate) => {
    const certificateExpiresAt = Date.parse(until)
    const { subject, text } = write({ type: 'CERTIFICATE_EXPIRY', certificateExpiresAt })
    expect(subject).toBe(`CERTIFICATE: Shop (${fate})`)
    expect(text).toContain(`The certificate of Shop ${fate}\n`)
    expect(text).toContain(`Expires: ${until.slice(0, 19).replace('T', ' ')} UTC`)
  })

  it('says that a certificate was renewed, and until when it is valid', () => {
    const certificateExpiresAt = Date.parse('2027-02-18T08:00:00Z')
    const { subject, text } = write({ type: 'CERTIFICATE_RENEWED', certificateExpiresAt })
    expect(subject).toBe('CERTIFICATE: Shop (renewed)')
    expect(text).toContain('It is valid until 2027-02-18 08:00:00 UTC.')
    expect(text).not.toMatch(/Down|Why/)
  })

  it('leaves out what it does not know', () => {
    const { text } = write({ lastGoodAt: null, regions: [], target: '' })
    expect(text).not.toMatch(/null|undefined|Last good|Seen from|What/)
  })

  it('tells the same in HTML', () => {
    const { html } = write()
    expect(html).toContain('<bdi>Shop is down</bdi>')
    expect(html).toContain('2026-11-20 03:04:05 UTC')
    expect(html).toContain('href="https://pharos.example"')
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
  ])('with %s cannot leave its line', (_, monitorName, subject) => {
    expect(write({ monitorName }).subject).toBe(subject)
  })

  it('with a thousand characters leaves a subject of at most 200', () => {
    const { subject } = write({
      monitorName: '🦀'.repeat(1_000),
      type: 'NORMAL',
      resolvedAt: at('23:59:59'),
    })
    expect(subject.length).toBeLessThanOrEqual(200)
    expect(subject).toContain('…')
    expect(subject.isWellFormed()).toBe(true)
  })

  it('with HTML stays text wherever it lands', () => {
    const evil = "\"><script>alert(1)</script><img src=x onerror='y'>"
    const { html } = write({ monitorName: evil, target: evil, cause: evil, regions: [evil] })
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&#60;script&#62;')
    expect(html).not.toContain("onerror='")
  })
})

describe('durationInWords', () => {
  it.each([
    [0, '0 s'],
    [499, '0 s'],
    [1_000, '1 s'],
    [60_000, '1 min'],
    [255_000, '4 min 15 s'],
    [3_600_000, '1 h'],
    [3_725_000, '1 h 2 min'],
    [90_061_000, '1 d 1 h'],
  ])('%i ms is %s', (ms, words) => {
    expect(durationInWords(ms)).toBe(words)
  })
})

describe('regionsBehind', () => {
  it('names the regions that voted so', () => {
    const cast = (region: string, vote: 'UP' | 'DOWN') => ({
      region,
      vote,
      at: 0,
      since: 0,
      reason: '',
      cause: null,
    })
    const votes = [cast('local', 'DOWN'), cast('weur', 'UP'), cast('enam', 'DOWN')]
    expect(regionsBehind('DOWN', votes)).toEqual(['local', 'enam'])
    expect(regionsBehind('UP', votes)).toEqual(['weur'])
  })
})
