import type { Content, Told } from '../../api/alerts/channels/content.ts'
import type { Notice } from '../../api/alerts/message.ts'
import type { AlertType } from '../../generated/prisma/enums.ts'

const at = (time: string) => Date.parse(`2026-11-20T${time}.000Z`)

const down: Notice = {
  alertId: '01936f00-0000-7000-8000-00000000000a',
  incidentId: '01936f00-0000-7000-8000-00000000000b',
  incidentKind: 'DOWN',
  monitorId: '01936f00-0000-7000-8000-00000000000c',
  type: 'DOWN',
  daysLeft: null,
  recipient: 'ada@example.com',
  timeZone: 'UTC',
  monitorName: 'Shop',
  monitorKind: 'HTTP',
  target: 'https://shop.example/cart',
  startedAt: at('03:04:05'),
  resolvedAt: null,
  isRetracted: false,
  isUnattended: false,
  isAcknowledgedThere: false,
  lateness: null,
  cause: 'Connection refused',
  entry: null,
  statusAfter: null,
  regions: ['local', 'weur'],
  regionCount: 3,
  lastGoodAt: at('03:03:35'),
  decidedAt: at('03:05:00'),
  certificateExpiresAt: null,
  screenshotUrl: null,
}

const over = { resolvedAt: at('03:09:05') }
const entered = (text: string, by: string | null = 'Alice') => ({
  regions: [],
  lastGoodAt: null,
  entry: { text, by },
})
const slow = { incidentKind: 'LATENCY' as const }
const certificate = {
  incidentKind: 'CERTIFICATE' as const,
  regions: [],
  lastGoodAt: null,
  certificateExpiresAt: at('00:00:00') + 6e8,
}

const changes = {
  DOWN: {},
  UP: over,
  SLOW: { ...slow, cause: 'The median answer took 2,310 ms, over 1,000 ms' },
  NORMAL: { ...slow, ...over },
  CERTIFICATE_EXPIRY: { ...certificate, daysLeft: 7 },
  CERTIFICATE_RENEWED: { ...certificate, ...over, daysLeft: 89 },
  ACKNOWLEDGED: entered('Acknowledged.'),
  REOPENED: {
    ...entered('The acknowledgement held for 30 minutes, and it is not over.', null),
    isAcknowledgedThere: true,
  },
  RESOLVED: { ...entered('Resolved by hand.'), ...over },
} satisfies Record<AlertType, Partial<Notice>>

export const alertTypes = Object.keys(changes) as AlertType[]

export function noticeOf(type: AlertType, change: Partial<Notice> = {}): Notice {
  return { ...down, type, ...changes[type], ...change }
}

export function noticeContent(type: AlertType, change: Partial<Notice> = {}): Told<'NOTICE'> {
  return { type: 'NOTICE', notice: noticeOf(type, change) }
}

export function digestOf(names: string[], type: AlertType = 'DOWN') {
  const entries = names.map((monitorName) => noticeOf(type, { monitorName }))
  const digestId = '01936f00-0000-7000-8000-00000000000d'
  return { digestId, recipient: 'ada@example.com', timeZone: 'UTC', at: at('03:05:30'), entries }
}

export const trial: Content = {
  type: 'TRIAL',
  trial: {
    trialId: '01936f00-0000-7000-8000-00000000000e',
    recipient: 'ada@example.com',
    timeZone: 'UTC',
    channelName: 'Night shift',
    at: at('12:00:00'),
  },
}

/** What somebody may call a monitor to harm whoever reads of it. */
export const hostileNames = {
  markup: '<b>bold</b> <script>alert(1)</script> &amp; "quoted" \'single\'',
  'a link of Slack': '<https://evil.example|Open Pharos>',
  'a link of Markdown': '[Open Pharos](https://evil.example)',
  'a link of HTML': '<a href="https://evil.example">Open Pharos</a>',
  'a mention of everybody': '@everyone @here <!channel> <!here> <@U123> <@&456> <at>all</at>',
  'an image': '![x](https://evil.example/pixel.png)',
  'Markdown of every kind':
    '**b** __u__ ~~s~~ ||spoiler|| `code` ```block``` > quote # head - item',
  'control characters': 'Shop\u0000\u0007\u001b[31m\r\nBcc: evil@x.test\u0085\u2028',
  'marks that turn text around': 'Shop \u202egnihton si gnorw\u202c \u2066x\u2069 \u200b\ufeff',
  'tags, one at the next': '#a'.repeat(100),
  '200 characters': 'n'.repeat(200),
  '200 characters to escape': '<*&_>"'.repeat(34).slice(0, 200),
  '200 characters of four bytes': '🔥'.repeat(100),
  'half a character': 'Shop \ud83d',
  'nothing to see': '\u200b\u0000',
  'a variable': '{{cause}} {{secrets}} ${process.env} @{triggerBody()} {{DATE(1,SHORT)}}',
  JSON: '"},"text":"evil","x":{"y":"',
}
