import { describe, expect, it, test } from 'vitest'
import type { PostReply } from '../../../agent/post.ts'
import type { Posted } from '../../../test/receivers/channels.ts'
import { postedKinds } from '../../../test/receivers/channels.ts'
import { classifyFailure, classifyReply } from './answer.ts'
import type { PostedKind } from './kind.ts'
import { channelKinds } from './kinds.ts'

const classify = (
  name: Posted,
  status: number,
  body = '',
  { headers = {}, secrets = {} }: { headers?: PostReply['headers']; secrets?: object } = {},
) => classifyReply({ ok: true, status, headers, body }, channelKinds[name] as PostedKind, secrets)

/** What each service says, and in which status, when there is nobody any more. */
const goneWords: [string, Posted, number, string][] = [
  ['a Slack webhook was removed', 'SLACK', 404, 'no_service'],
  ['a Slack webhook was switched off', 'SLACK', 404, 'no_active_hooks'],
  ['a Slack channel was deleted', 'SLACK', 404, 'channel_not_found'],
  ['a Slack channel was archived', 'SLACK', 410, 'channel_is_archived'],
  ['a Slack token is no more', 'SLACK', 403, 'invalid_token'],
  ['a Slack workspace was closed', 'SLACK', 404, 'no_team'],
  ['a workflow was deleted', 'TEAMS', 404, '{"error":{"code":"WorkflowNotFound"}}'],
  ['a workflow was turned off', 'TEAMS', 400, '{"error":{"code":"WorkflowTriggerIsNotEnabled"}}'],
  ['a workflow has another address', 'TEAMS', 401, '{"error":{"code":"InvalidSasToken"}}'],
  ['a Discord webhook was deleted', 'DISCORD', 404, '{"message":"Unknown Webhook","code":10015}'],
  ['a Discord token is wrong', 'DISCORD', 401, '{"message":"Invalid Webhook Token","code":50027}'],
  [
    'a Telegram bot was blocked',
    'TELEGRAM',
    ...refused(403, 'Forbidden: bot was blocked by the user'),
  ],
  [
    'a Telegram bot was kicked',
    'TELEGRAM',
    ...refused(403, 'Forbidden: bot was kicked from the supergroup chat'),
  ],
  [
    'a Telegram group was deleted',
    'TELEGRAM',
    ...refused(403, 'Forbidden: the group chat was deleted'),
  ],
  ['a Telegram chat is unknown', 'TELEGRAM', ...refused(400, 'Bad Request: chat not found')],
  [
    'a Telegram group has moved',
    'TELEGRAM',
    ...refused(400, 'Bad Request: group chat was upgraded to a supergroup chat'),
  ],
  ['a Telegram token was revoked', 'TELEGRAM', ...refused(401, 'Unauthorized')],
  ['a Telegram token never was one', 'TELEGRAM', ...refused(404, 'Not Found')],
  [
    'a PagerDuty key is wrong',
    'PAGERDUTY',
    400,
    '{"status":"invalid event","errors":["Length of \'routing_key\' is incorrect (should be 32 characters)"]}',
  ],
  ['an ntfy topic was taken', 'NTFY', 403, '{"code":40301,"http":403,"error":"forbidden"}'],
  ['an ntfy token has expired', 'NTFY', 401, '{"code":40101,"http":401,"error":"unauthorized"}'],
]

/** docs: core.telegram.org/bots/api#making-requests */
function refused(code: number, description: string): [number, string] {
  return [code, JSON.stringify({ ok: false, error_code: code, description })]
}

describe.each(postedKinds)('%s', (name) => {
  test.each([200, 201, 202, 204])('has taken what it answers %i', (status) => {
    expect(classify(name, status)).toEqual({ outcome: 'ACCEPTED' })
  })

  test.each([408, 425, 429, 500, 502, 503, 504])('is asked again after %i', (status) => {
    expect(classify(name, status).outcome).toBe('RETRY')
  })

  test.each([400, 401, 402, 403, 404, 413, 415, 422])('is not asked again after %i', (status) => {
    expect(classify(name, status)).toEqual({
      outcome: 'PERMANENT',
      why: `the answer was ${status}`,
    })
  })

  test.each([301, 302, 303, 307, 308])('is not followed where %i leads', (status) => {
    const location = 'http://169.254.169.254/'
    expect(classify(name, status, '', { headers: { location } })).toEqual({
      outcome: 'PERMANENT',
      why: `the answer was ${status}: redirects are not followed`,
    })
  })

  test('is gone after 410, whatever is said with it', () => {
    expect(classify(name, 410).outcome).toBe('GONE')
    expect(classify(name, 410, '<h1>Gone</h1>').outcome).toBe('GONE')
  })

  test.each([401, 403, 404])('is still there where a proxy answers %i', (status) => {
    const page =
      '<html><body><h1>chat not found</h1>no_service "code":10015 WorkflowNotFound</body></html>'
    expect(classify(name, status, page).outcome).toBe('PERMANENT')
  })

  test('is left alone as long as it asks', () => {
    const limited = { headers: { 'retry-after': '30' } }
    expect(classify(name, 429, '', limited)).toMatchObject({ retryAfterMs: 30_000 })
    expect(classify(name, 503, '', limited)).toMatchObject({ retryAfterMs: 30_000 })
  })
})

describe.each(goneWords)('when %s', (_, name, status, body) => {
  test(`${name} is gone`, () => {
    expect(classify(name, status, body).outcome).toBe('GONE')
  })

  test.each(postedKinds)(
    'and %s repeats it in an answer that accepts, it has accepted',
    (other) => {
      for (const taken of [200, 201, 202, 204])
        expect(classify(other, taken, body)).toEqual({ outcome: 'ACCEPTED' })
    },
  )

  test('it is judged as it came, whatever in it is secret', () => {
    expect(classify(name, status, body, { secrets: { topic: 'e' } }).outcome).toBe('GONE')
  })
})

test.each<[string, Posted, number, string, string]>([
  ['Slack restricts who may post', 'SLACK', 403, 'action_prohibited', 'PERMANENT'],
  ['Slack cannot read the message', 'SLACK', 400, 'invalid_blocks', 'PERMANENT'],
  ['Slack has a bad day', 'SLACK', 500, 'rollup_error', 'RETRY'],
  [
    'a workflow cannot read it',
    'TEAMS',
    400,
    '{"error":{"code":"TriggerInputSchemaMismatch"}}',
    'PERMANENT',
  ],
  [
    'Discord cannot read it',
    'DISCORD',
    400,
    '{"message":"Invalid Form Body","code":50035}',
    'PERMANENT',
  ],
  [
    'Telegram cannot read it',
    'TELEGRAM',
    ...refused(400, "Bad Request: can't parse entities"),
    'PERMANENT',
  ],
  [
    'Telegram repeats what it cannot read',
    'TELEGRAM',
    ...refused(400, 'Bad Request: can\'t parse entities: Unsupported start tag "chat not found"'),
    'PERMANENT',
  ],
  [
    'PagerDuty cannot read it',
    'PAGERDUTY',
    400,
    '{"status":"invalid event","errors":["\'payload.severity\' is invalid"]}',
    'PERMANENT',
  ],
  [
    'ntfy cannot read it',
    'NTFY',
    400,
    '{"code":40017,"http":400,"error":"invalid request"}',
    'PERMANENT',
  ],
])('when %s: %s answers %i %s, which is %s', (_, name, status, body, outcome) => {
  expect(classify(name, status, body).outcome).toBe(outcome)
})

describe('the pause that a receiver asks for', () => {
  const date = 'Fri, 20 Nov 2026 03:05:00 GMT'
  test.each<[string, PostReply['headers'], number | undefined]>([
    ['none', {}, undefined],
    ['seconds', { 'retry-after': '5' }, 5_000],
    ['a part of a second', { 'retry-after': '0.3' }, 300],
    [
      'a date, by the clock of the receiver',
      { 'retry-after': 'Fri, 20 Nov 2026 03:06:30 GMT', date },
      90_000,
    ],
    ['a date that has passed', { 'retry-after': 'Fri, 20 Nov 2026 03:04:00 GMT', date }, undefined],
    ['a date, of an unknown clock', { 'retry-after': 'Fri, 20 Nov 2026 03:06:30 GMT' }, undefined],
    ['nonsense', { 'retry-after': '-5' }, undefined],
  ])('is understood: %s', (_, headers, retryAfterMs) => {
    expect(classify('WEBHOOK', 429, '', { headers })).toHaveProperty('outcome', 'RETRY')
    expect(classify('WEBHOOK', 429, '', { headers })).toEqual(
      expect.objectContaining(retryAfterMs ? { retryAfterMs } : {}),
    )
    if (retryAfterMs === undefined)
      expect(classify('WEBHOOK', 429, '', { headers })).not.toHaveProperty('retryAfterMs')
  })

  it('stands in the body of Telegram', () => {
    const body = '{"ok":false,"error_code":429,"parameters":{"retry_after":17}}'
    expect(classify('TELEGRAM', 429, body)).toMatchObject({ retryAfterMs: 17_000 })
  })
})

it('tells of an answer one line that nothing can break out of', () => {
  const delivery = classify('WEBHOOK', 400, `a\u0000b\r\nc\u202e${'x'.repeat(9_000)}`)
  expect(delivery).toMatchObject({
    why: expect.stringMatching(/^the answer was 400: a b cx{1,250}…$/),
  })
})

test.each([180, 190, 199, 200])(
  'tells no part of a secret, though %i characters stand before it',
  (before) => {
    const secret = 'sk-canary-0123456789'
    const delivery = classify('WEBHOOK', 400, `${'x'.repeat(before)}${secret}`, {
      secrets: { secret },
    })
    expect(JSON.stringify(delivery)).not.toMatch(/sk-|canary/)
  },
)

test.each([
  ['BLOCKED_TARGET', 'PERMANENT'],
  ['PROBE_FAILURE', 'RETRY'],
  ['TIMEOUT', 'RETRY'],
  ['DNS_FAILURE', 'RETRY'],
  ['CONNECTION_REFUSED', 'RETRY'],
  ['TLS_FAILURE', 'RETRY'],
] as const)('no answer because of %s is %s', (errorKind, outcome) => {
  const failure = { ok: false, errorKind, message: 'm' } as const
  expect(classifyFailure(failure, {})).toEqual({ outcome, why: 'm' })
})
