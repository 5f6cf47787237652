import { describe, expect, test } from 'vitest'
import { isOfCloudflare, readNote } from './cloudflare.ts'

describe('what Cloudflare answers in place of a target', () => {
  test.each([
    [521, 'error code: 521', 'CONNECTION_REFUSED'],
    [522, 'error code: 522', 'TIMEOUT'],
    [526, 'error code: 526', 'TLS_FAILURE'],
    [530, 'error code: 1016', 'DNS_FAILURE'],
    [403, 'error code: 1003', 'PROBE_FAILURE'],
    [409, 'error code: 1001', 'DNS_FAILURE'],
    [403, 'error code: 1000', 'BLOCKED_TARGET'],
  ])('%i with "%s" is %s', async (status, body, errorKind) => {
    const note = await readNote(answer(status, body), 'shop.example.com')
    expect(note).toMatchObject({ errorKind })
    expect(note?.message).toContain('shop.example.com')
  })
})

describe('the target itself has answered', () => {
  type Row = [sentence: string, response: Response]

  test.each<Row>([
    ['with a page of its own under such a status', answer(521, 'We are out to lunch')],
    ['with a note that is not of Cloudflare', answer(530, 'error code: 1016', 'nginx')],
    ['with a code that is its own affair', answer(500, 'error code: 1101')],
    ['with a long page', answer(521, `error code: 521${' '.repeat(100)}`)],
    ['well', answer(200, 'error code: 521')],
  ])('%s', async (_, response) => {
    expect(await readNote(response, 'shop.example.com')).toBeNull()
  })

  test('and its body is still there to be read', async () => {
    const response = answer(521, 'We are out to lunch')
    await readNote(response, 'shop.example.com')
    expect(await response.text()).toBe('We are out to lunch')
  })
})

test.each([
  ['104.16.0.1', true],
  ['172.71.255.255', true],
  ['1.1.1.1', true],
  ['2606:4700::6810:1', true],
  ['172.80.0.1', false],
  ['8.8.8.8', false],
])('whether %s is of Cloudflare: %s', (address, expected) => {
  expect(isOfCloudflare(address)).toBe(expected)
})

function answer(status: number, body: string, server = 'cloudflare'): Response {
  const headers = { server, 'content-length': String(body.length), 'content-type': 'text/plain' }
  return new Response(body, { status, headers })
}
