import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import type { Assertion } from '../core/check.ts'
import { createChecker } from './check.ts'
import { receivedFor } from './testing/recorder.ts'
import { policyOf, requestFor, type RequestOptions } from './testing/request.ts'
import { startHttpTarget } from './testing/target.ts'

const checker = createChecker({ policy: policyOf('127.0.0.1') })

test('redirects are followed, and their phases add up', async () => {
  await using target = await startHttpTarget(redirectTo('/b', '/c', '/'))
  const finding = await checker.run(requestFor(`${target.url}/a`))
  expect(finding).toMatchObject({ outcome: 'UP', httpStatus: 200 })
  expect(target.accepted()).toBe(4)
  await target.quiet()
})

test('redirects are followed five times', async () => {
  await using target = await startHttpTarget(redirectTo('/1', '/2', '/3', '/4', '/5'))
  expect(await checker.run(requestFor(`${target.url}/a`))).toMatchObject({ outcome: 'UP' })
})

test('redirects are not followed a sixth time', async () => {
  await using target = await startHttpTarget(redirectTo('/1', '/2', '/3', '/4', '/5', '/6'))
  expect(await checker.run(requestFor(`${target.url}/a`))).toMatchObject({
    outcome: 'DOWN',
    errorKind: 'TOO_MANY_REDIRECTS',
    httpStatus: 302,
  })
})

test('redirects are the answer when they are not to be followed', async () => {
  await using target = await startHttpTarget(redirectTo('/1'))
  const finding = await checker.run(requestFor(`${target.url}/a`, { followRedirects: false }))
  expect(finding).toMatchObject({ outcome: 'UP', httpStatus: 302 })
  expect(target.accepted()).toBe(1)
})

test('redirects without a place to go are the answer', async () => {
  await using target = await startHttpTarget((_, response) => response.writeHead(302).end())
  expect(await checker.run(requestFor(target.url))).toMatchObject({
    outcome: 'UP',
    httpStatus: 302,
  })
})

test.each(['ftp://files.test/', 'javascript:alert(1)', 'http://u:p@host.test/', 'http://['])(
  'redirects to %s are an invalid answer',
  async (location) => {
    await using target = await startHttpTarget((_, response) => {
      response.writeHead(302, { location }).end()
    })
    expect(await checker.run(requestFor(target.url))).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'INVALID_RESPONSE',
    })
  },
)

test.each([
  [301, 'POST', 'GET', ''],
  [302, 'POST', 'GET', ''],
  [303, 'PUT', 'GET', ''],
  [307, 'POST', 'POST', 'secret'],
  [308, 'PUT', 'PUT', 'secret'],
  [302, 'PUT', 'PUT', 'secret'],
] as const)(
  'redirects of status %i turn %s into %s',
  async (status, method, expected, expectedBody) => {
    const { request, body } = await receivedFor(`/redirect/${status}`, { method, body: 'secret' })
    expect([request.method, body]).toEqual([expected, expectedBody])
  },
)

const secrets: RequestOptions = {
  auth: { type: 'BEARER', token: 'canary' },
  headers: [
    { name: 'Cookie', value: 'session=canary' },
    { name: 'X-Api-Key', value: 'canary' },
  ],
}

test('redirects within the origin keep credentials and headers', async () => {
  const { request } = await receivedFor('/redirect/302', secrets)
  expect(request.headers).toMatchObject({
    authorization: 'Bearer canary',
    cookie: 'session=canary',
    'x-api-key': 'canary',
  })
})

test('redirects to another origin drop credentials and headers', async () => {
  await using other = await startHttpTarget((request, response) => {
    response.end(request.rawHeaders.join(' '))
  })
  await using target = await startHttpTarget((_, response) => {
    response.writeHead(302, { location: other.url }).end()
  })
  const hasNoSecret: Assertion = {
    source: 'BODY',
    property: null,
    comparison: 'NOT_CONTAINS',
    target: 'canary',
  }
  const finding = await checker.run(
    requestFor(target.url, { ...secrets, assertions: [hasNoSecret] }),
  )
  expect(finding).toMatchObject({ outcome: 'UP', contentOk: true })
  expect(other.accepted()).toBe(1)
})

/** Redirects through the given paths, then answers 200. */
function redirectTo(...paths: string[]): RequestListener {
  let step = 0
  return (_, response) => {
    const location = paths[step++]
    response.writeHead(location ? 302 : 200, location ? { location } : {}).end()
  }
}
