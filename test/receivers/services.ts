import { parseJson } from '../../core/json.ts'
import { type Posted, setUps } from './channels.ts'
import type { Answer, Received } from './receiver.ts'

/** How each service answers what it takes, what it cannot read, and whoever sends too much or to nobody. */
type Manners = { path: RegExp; taken: Answer; misread: Answer; busy: Answer; gone: Answer }

const json = (status: number, body: object, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const words = (status: number, body: string, headers = {}): Answer => ({ status, headers, body })

export const manners = {
  WEBHOOK: {
    path: /^\/pharos$/,
    taken: { status: 204 },
    misread: { status: 422 },
    busy: words(429, '', { 'retry-after': '7' }),
    gone: { status: 410 },
  },
  SLACK: {
    path: /^\/services\/T0\/B0\/\w+$/,
    taken: words(200, 'ok'),
    misread: words(400, 'invalid_blocks'),
    busy: words(429, 'rate_limited', { 'retry-after': '7' }),
    gone: words(404, 'no_service'),
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
    gone: json(404, { error: { code: 'WorkflowNotFound' } }),
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
    gone: json(404, { code: 10_015, message: 'Unknown Webhook' }),
  },
  TELEGRAM: {
    path: /^\/bot\d+:[\w-]+\/sendMessage$/,
    taken: json(200, { ok: true, result: { message_id: 1 } }),
    misread: json(400, {
      ok: false,
      error_code: 400,
      description: "Bad Request: can't parse entities",
    }),
    busy: json(429, { ok: false, error_code: 429, parameters: { retry_after: 7 } }),
    gone: json(403, {
      ok: false,
      error_code: 403,
      description: 'Forbidden: bot was blocked by the user',
    }),
  },
  PAGERDUTY: {
    path: /^\/v2\/enqueue$/,
    taken: json(202, { status: 'success', message: 'Event processed', dedup_key: 'k' }),
    misread: json(400, { status: 'invalid event', errors: ["'payload.severity' is invalid"] }),
    busy: words(429, '', { 'retry-after': '7' }),
    gone: json(400, { status: 'invalid event', errors: ["Invalid 'routing_key'"] }),
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
    gone: json(403, { code: 40_301, error: 'forbidden' }),
  },
} satisfies Record<Posted, Manners>

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
  return { kind, wording: null, ...setUps[kind], ...places[kind] }
}

/** SERVICE_ORIGINS for all of them at one address. */
export function originsAt(url: string): string {
  return ['slack', 'teams', 'discord', 'telegram', 'pagerduty']
    .map((service) => `${service}=${url}`)
    .join(',')
}
