import { describe, expect, test } from 'vitest'
import type { HttpExpectations } from '../../../core/check.ts'
import { redactHeaders, redactText, secretsOf } from './redaction.ts'

const R = '[redacted]'

// Put together here, so that no scanner takes them for keys that somebody lost.
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJl'].join('.')
const PEM = (kind: string) =>
  `-----BEGIN ${kind}-----\nMIIEvQIBADANBg\nkqhkiG9w0=\n-----END ${kind}-----`

describe('taken out of a text', () => {
  test.each([
    ['a private key', PEM('RSA PRIVATE KEY'), R],
    ['a private key that is cut off', PEM('PRIVATE KEY').slice(0, 45), R],
    ['a JSON Web Token', `at ${JWT} end`, `at ${R} end`],
    ['a JSON Web Token after other words', `jwt-eyJ-${JWT}`, `jwt-${R}`],
    [
      'a password within an address',
      'postgres://app:hunter2@db:5432/x',
      `postgres://${R}@db:5432/x`,
    ],
    ['a bearer token', 'Authorization: Bearer abc123def456ghi', `Authorization: Bearer ${R}`],
    ['basic credentials', 'Basic dXNlcjpwYXNzMTIzNA==', `Basic ${R}`],
    ['a key of AWS', `id ${'AKIA'}IOSFODNN7EXAMPLE.`, `id ${R}.`],
    ['a token of GitHub', `${'ghp_'}${'a1'.repeat(18)}`, R],
    ['a token of Slack', `${'xoxb-'}1234567890-abcdef`, R],
    ['a key of Stripe', `${'sk_live_'}4eC39HqLyjWDarjtT1zdp7dc`, R],
    ['a key of Google', `${'AIza'}${'x'.repeat(35)}`, R],
    ['a key of ours', `pharos_0123456789abcdef_${'a'.repeat(43)}`, R],
    [
      'a webhook of Slack',
      'https://hooks.slack.com/services/T0/B0/x',
      `https://hooks.slack.com/services/${R}`,
    ],
    ['an assignment', 'DB_PASSWORD=hunter2\nPORT=1', `DB_PASSWORD=${R}\nPORT=1`],
    ['a property of JSON', '{"api_key": "k 1", "a": 1}', `{"api_key": ${R}, "a": 1}`],
    [
      'a property of JSON within HTML',
      '&quot;secret&quot;: x1&quot;',
      `&quot;secret&quot;: ${R}&quot;`,
    ],
    ['a parameter of an address', '/cb?access_token=abc&state=1', `/cb?access_token=${R}&state=1`],
    ['a line of YAML', 'client_secret: horse battery', `client_secret: ${R} battery`],
    ['a hash of Ruby', `:password=>"hunter2", x`, `:password=>${R}, x`],
    [
      'a field of a form',
      '<input name="csrf_token" type="hidden" value="a1b2">',
      `<input name="csrf_token" type="hidden" value="${R}">`,
    ],
  ])('%s', (_, text, expected) => {
    expect(redactText(text, [])).toBe(expected)
  })
})

describe('left as it is', () => {
  test.each([
    'Basic information about bearers of rings',
    '<h1>500 Internal Server Error</h1><p>The database does not answer.</p>',
    'Error: connect ECONNREFUSED 10.0.0.5:5432 at /app/db.js:12',
    'https://example.com/a?page=2#top',
    'mail alice@example.com for help',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ])('%s', (text) => {
    expect(redactText(text, [])).toBe(text)
  })
})

test.each([
  ['as it is', `x ${'p<a>&"s'} y`],
  ['in an address', `x ${encodeURIComponent('p<a>&"s')} y`],
  ['in JSON', `x ${String.raw`p<a>&\"s`} y`],
  ['in HTML', 'x p&lt;a&gt;&amp;"s y'],
  ['in HTML, quoted', 'x p&lt;a&gt;&amp;&quot;s y'],
  ['in base64', `x ${btoa('p<a>&"s')} y`],
])('a secret of the monitor is taken out %s', (_, text) => {
  expect(redactText(text, ['p<a>&"s'])).toBe(`x ${R} y`)
})

test('a secret of the monitor under a telling name is taken out once', () => {
  expect(redactText('token=open sesame)', ['open sesame'])).toBe(`token=${R})`)
})

test('the secrets of a monitor are its credentials and what it says in headers of its own', () => {
  const expectations = {
    headers: [
      { name: 'X-Door', value: 'open sesame' },
      { name: 'Accept', value: 'application/json' },
      { name: 'X-Debug', value: '1' },
    ],
    auth: { type: 'BASIC', username: 'alice', password: 'wonderland' },
  } as HttpExpectations
  expect(secretsOf(expectations)).toEqual(['open sesame', 'wonderland', btoa('alice:wonderland')])
  const bearer = {
    headers: [],
    auth: { type: 'BEARER', token: 'abcd' },
  } as unknown as HttpExpectations
  expect(secretsOf(bearer)).toEqual(['abcd'])
})

test.each([
  ['Set-Cookie', 'sid=1; Path=/', R],
  ['authorization', 'x', R],
  ['X-Api-Key', 'x', R],
  ['X-CSRF-Token', 'x', R],
  ['Location', '/in?token=abc', `/in?token=${R}`],
  ['X-Echo', 'said open sesame', `said ${R}`],
  ['Content-Type', 'text/html', 'text/html'],
])('the header %s: %s', (name, value, expected) => {
  expect(redactHeaders([{ name, value }], ['open sesame'])).toEqual([{ name, value: expected }])
})

test.each([
  'a',
  ' ',
  '-----BEGIN PRIVATE KEY-----',
  'eyJaaaaaaaa.',
  '-eyJ',
  '-eyJ.',
  'name="token"',
  '://',
  'password',
  'Bearer ',
])('a key is found behind a long text of nothing but %j', (piece) => {
  const key = `${'AKIA'}IOSFODNN7EXAMPLE`
  const redacted = redactText(`${piece.repeat(100_000 / piece.length)}\n${key}`, ['open sesame'])
  expect([redacted.includes(key), redacted.endsWith(R)]).toEqual([false, true])
})
