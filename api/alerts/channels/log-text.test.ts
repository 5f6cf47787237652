import { describe, expect, it } from 'vitest'
import { postedKinds, setUps, wayOf } from '../../../test/receivers/channels.ts'
import { noticeContent } from '../../../test/receivers/notices.ts'
import type { PostedKind } from './kind.ts'
import { channelKinds } from './kinds.ts'
import { requestText, responseText } from './log-text.ts'

describe.each(postedKinds)('the log of %s', (name) => {
  it('shows where and what, and no secret', async () => {
    const way = wayOf(name)
    const request = await (channelKinds[name] as PostedKind).compose(noticeContent('DOWN'), way)
    const text = requestText(request, way.secrets)
    expect(text).toMatch(/^POST https:\/\/[\w.-]+\//)
    expect(text).toContain('Shop')
    for (const canary of ['aBcDeFgH', 'AAEhBOwe', 'e93facc0', 'tk_Agq', 'BwcHBw'])
      expect(text).not.toContain(canary)
  })

  it('hides what an answer repeats', () => {
    const { secrets } = wayOf(name)
    const echoed = JSON.stringify(setUps[name].secrets)
    for (const canary of ['aBcDeFgHiJ', 'AAEhBOwe', 'e93facc0', 'tk_Agq', 'BwcHBw'])
      expect(responseText(echoed, secrets)).not.toContain(canary)
  })
})

describe('what is kept', () => {
  it('is cut', () => {
    const request = { url: new URL('https://x.example/'), headers: {}, body: 'x'.repeat(99_999) }
    expect(requestText(request, {}).length).toBe(16_384)
    expect(responseText('x'.repeat(99_999), {}).length).toBe(4_096)
  })

  it('is what Postgres and people can read', () => {
    expect(responseText('a\u0000b\u001b[31mc\ud83d\nd', {})).toBe('ab[31mc\ufffd\nd')
  })
})
