import { describe, expect, it } from 'vitest'
import { noticeOf } from '../../test/receivers/notices.ts'
import { ownWords, wordingRules } from './wording.ts'

const parse = (title: string | null, text: string | null = null) =>
  wordingRules.safeParse({ title, text })

describe('the words of a channel', () => {
  it.each([
    ['none at all', null],
    ['plain ones', 'The shop again'],
    [
      'every variable',
      '{{monitor}} {{target}} {{type}} {{state}} {{since}} {{until}} {{lasted}} {{regions}} {{cause}} {{by}} {{lastGood}} {{certificateExpires}} {{screenshot}}',
    ],
    ['space within the braces', '{{ monitor }}'],
    ['braces that are none', '{monitor} }} {{'],
  ])('may be %s', (_, title) => {
    expect(parse(title)).toMatchObject({ success: true })
  })

  it.each([
    ['an unknown variable', '{{password}}', 'password'],
    ['a property of every object', '{{constructor}}', 'constructor'],
    ['a path', '{{monitor.secrets}}', 'monitor.secrets'],
    ['code', '{{process.exit()}}', 'process.exit()'],
    ['nothing', '{{}}', ''],
  ])('are refused with %s, by name', (_, title, name) => {
    const { error } = parse(title)
    expect(error?.issues).toMatchObject([{ path: ['title'] }])
    expect(error?.issues[0]?.message).toContain(
      `must not use {{${name}}}; the variables are monitor,`,
    )
  })

  it('have a limit', () => {
    expect(parse('x'.repeat(201)).success).toBe(false)
    expect(parse(null, 'x'.repeat(2_001)).success).toBe(false)
  })

  it('are ours where they are empty', () => {
    expect(parse(' ', '').data).toEqual({ title: null, text: null })
  })
})

describe('filled in', () => {
  const fill = (text: string, change = {}) =>
    ownWords(noticeOf('DOWN', change), { title: null, text }).text

  it('tells of the alert', () => {
    expect(
      fill('{{type}}: {{monitor}} {{state}} since {{since}}\nfrom {{regions}}: {{cause}}'),
    ).toBe(
      'DOWN: Shop is down since 2026-11-20 03:04:05 UTC\nfrom local, weur (2 of 3 regions): Connection refused',
    )
  })

  it('names who is at it', () => {
    const notice = noticeOf('ACKNOWLEDGED')
    expect(ownWords(notice, { title: '{{by}}: {{monitor}}', text: null }).title).toBe('Alice: Shop')
    expect(fill('{{by}}')).toBe('-')
  })

  it('has a dash for what there is not', () => {
    expect(fill('{{until}} {{lasted}} {{screenshot}} {{regions}}', { regions: [] })).toBe('- - - -')
  })

  it('does not look for variables in what a variable brings in', () => {
    expect(fill('{{monitor}}', { monitorName: '{{cause}}' })).toBe('{{cause}}')
  })

  it('keeps lines, and nothing that hides', () => {
    expect(fill('a\r\nb\u0000\u202e{{monitor}}', { monitorName: 'x\ny' })).toBe('a\nb x y')
  })

  it('never grows beyond a message', () => {
    const text = '{{cause}}'.repeat(200)
    expect(fill(text, { cause: 'x'.repeat(500) })).toHaveLength(2_000)
  })
})
