import { parseJson } from '../../core/json.ts'
import { type Posted, setUps } from './channels.ts'
import type { Answer, Received } from './receiver.ts'

/** How each service answers what it takes, what it cannot read, and whoever sends too much or to nobody. */
export type Manners = { path: RegExp; taken: Answer; misread: Answer; busy: Answer; gone: Answer[] }

const json = (status: number, body: object, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** core.telegram.org/bots/api#making-requests */
const refusal = (status: number, description: string): Answer =>
  json(status, { ok: false, error_code: status, description })

const words = (status: number, body: string, headers = {}): Answer => ({ status, headers, body })

export const manners = {
  WEBHOOK: {
    path: /^\/pharos$/,
    taken: { status: 204 },
    misread: { status: 422 },
    busy: words(429, '', { 'retry-after': '7' }),
    gone: [{ status: 410 }],
  },
  SLACK: {
    path: /^\/services\/T0\/B0\/\w+$/,
    taken: words(200, 'ok'),
    misread: words(400, 'invalid_blocks'),
    busy: words(429, 'rate_limited', { 'retry-after': '7' }),
    gone: [
      words(404, 'no_service'),
      words(404, 'channel_not_found'),
      words(410, 'channel_is_archived'),
      words(403, 'invalid_token'),
    ],
  },
  TEAMS: {
    path: /^\/workflows\/1\?sig=\w+$/,
    taken: { status: 202 },
    misread: json(400, { error: { code: 'TriggerInputSchemaMismatch' } }),
    busy: json(
      429,
      { error: { code: 'WorkflowRunActionTriggerRateLimitExceeded' } },
      { 'retry-after': '7' },
    ),
    gone: [
      json(404, { error: { code: 'WorkflowNotFound' } }),
      json(400, { error: { code: 'WorkflowTriggerIsNotEnabled' } }),
      json(401, { error: { code: 'DirectApiAuthorizationRequired' } }),
    ],
  },
  DISCORD: {
    path: /^\/api\/webhooks\/1\/\w+\?wait=true$/,
    taken: json(200, { id: '1' }),
    misread: json(400, { code: 50_035, message: 'Invalid Form Body' }),
    busy: json(
      429,
      { message: 'You are being rate limited.', retry_after: 6.4, global: false },
      { 'retry-after': '7' },
    ),
    gone: [
      json(404, { code: 10_015, message: 'Unknown Webhook' }),
      json(401, { code: 50_027, message: 'Invalid Webhook Token' }),
    ],
  },
  TELEGRAM: {
    path: /^\/bot\d+:[\w-]+\/sendMessage$/,
    taken: json(200, { ok: true, result: { message_id: 1 } }),
    misread: refusal(400, "Bad Request: can't parse entities"),
    busy: json(429, { ok: false, error_code: 429, parameters: { retry_after: 7 } }),
    gone: [
      refusal(403, 'Forbidden: bot was blocked by the user'),
      refusal(400, 'Bad Request: chat not found'),
      refusal(401, 'Unauthorized'),
      refusal(404, 'Not Found'),
    ],
  },
  PAGERDUTY: {
    path: /^\/v2\/enqueue$/,
    taken: json(202, { status: 'success', message: 'Event processed', dedup_key: 'k' }),
    misread: json(400, { status: 'invalid event', errors: ["'payload.severity' is invalid"] }),
    busy: words(429, '', { 'retry-after': '7' }),
    gone: [json(400, { status: 'invalid event', errors: ["Invalid 'routing_key'"] })],
  },
  NTFY: {
    path: /^\/$/,
    taken: json(200, { id: 'x', event: 'message' }),
    misread: json(400, {
      code: 40_017,
      error: 'invalid request: request body must be message JSON',
    }),
    busy: json(
      429,
      { code: 42_901, error: 'limit reached: too many requests' },
      { 'retry-after': '7' },
    ),
    gone: [
      json(403, { code: 40_301, http: 403, error: 'forbidden' }),
      json(401, { code: 40_101, http: 401, error: 'unauthorized' }),
    ],
  },
} satisfies Record<Posted, Manners>

/** What stands between a service and us, and speaks for it now and then. */
export const proxy = {
  notFound: words(404, '<html><body><h1>404 Not Found</h1></body></html>'),
  forbidden: words(403, '<html><body><h1>403 Forbidden</h1></body></html>'),
  gone: words(410, '<html><body><h1>410 Gone</h1></body></html>'),
  busy: words(429, '<html><body><h1>Too many requests</h1></body></html>', { 'retry-after': '7' }),
} satisfies Record<string, Answer>

/** As the service would answer this request. */
export function answerAs(kind: Posted): (request: Received) => Answer {
  const { path, taken, misread } = manners[kind]
  return ({ method, path: asked, headers, body }) => {
    if (method !== 'POST' || !path.test(asked)) return { status: 404 }
    const isJson = headers['content-type'] === 'application/json'
    const isRight = isJson && setUps[kind].schema.safeParse(parseJson(body)).success
    return isRight ? taken : misread
  }
}

/** The channel as it is set up where the service is at this address, and what makes it go there. */
export function channelAt(kind: Posted, url: string) {
  const token = 'aBcDeFgHiJkL'
  const places = {
    WEBHOOK: { settings: { url: `${url}/pharos` } },
    SLACK: { secrets: { url: `${url}/services/T0/B0/${token}` } },
    TEAMS: { secrets: { url: `${url}/workflows/1?sig=${token}` } },
    DISCORD: { secrets: { url: `${url}/api/webhooks/1/${token}` } },
    TELEGRAM: {},
    PAGERDUTY: {},
    NTFY: { settings: { server: `${url}/` } },
  } satisfies Record<Posted, { settings?: object; secrets?: object }>
  return { kind, wording: null, updatedAt: null, ...setUps[kind], ...places[kind] }
}

/** SERVICE_ORIGINS for all of them at one address. */
export function originsAt(url: string): string {
  return ['slack', 'teams', 'discord', 'telegram', 'pagerduty']
    .map((service) => `${service}=${url}`)
    .join(',')
}
