import { z } from 'zod'
import type { AlertType } from '../../../../generated/prisma/enums.ts'
import { oneLine } from '../../../outbox/letter.ts'
import type { Notice } from '../../message.ts'
import { said } from '../answer.ts'
import { single, type Told } from '../content.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { isFetchable } from '../markup.ts'
import { speak, type Speech, type Tone } from '../speech.ts'

const ORIGINS = {
  US: 'https://events.pagerduty.com',
  EU: 'https://events.eu.pagerduty.com',
}

/** developer.pagerduty.com/docs/events-api-v2: summary 1,024, dedup_key 255. */
const MAX_SUMMARY_LENGTH = 1_024
const MAX_SOURCE_LENGTH = 255

/** What an alert does to the incident at PagerDuty. */
const actions = {
  DOWN: 'trigger',
  UP: 'resolve',
  SLOW: 'trigger',
  NORMAL: 'resolve',
  CERTIFICATE_EXPIRY: 'trigger',
  CERTIFICATE_RENEWED: 'resolve',
  ACKNOWLEDGED: 'acknowledge',
  REOPENED: 'trigger',
  RESOLVED: 'resolve',
} satisfies Record<AlertType, 'trigger' | 'acknowledge' | 'resolve'>

const severities = {
  BAD: 'critical',
  WARNING: 'warning',
  GOOD: 'info',
  PLAIN: 'info',
} satisfies Record<Tone, string>

type Settings = { region: keyof typeof ORIGINS }

/** An integration whose key is wrong gets 400 and a word on `routing_key`: it will never get anything else. */
const GONE = /routing[_ ]key/i
const refusal = z.object({ errors: z.array(z.string()) })

/** Events API v2: one incident of ours is one alert there, under its id. */
export const pagerduty: PostedKind<Settings, { routingKey: string }> = {
  carrier: 'HTTP',
  rules: () => ({
    settings: z.object({ region: z.enum(['US', 'EU'], 'must be US or EU').default('US') }),
    secrets: z.object({
      routingKey: z
        .string('must be an integration key')
        .trim()
        .regex(/^[A-Za-z\d]{32}$/, 'must be the 32 characters of an Events API v2 integration key'),
    }),
  }),
  labelOf: ({ region }) => `PagerDuty (${region})`,
  digestBytes: null,

  /**
   * What is acknowledged there wakes nobody when it is triggered again: it is resolved first. A trial leaves
   * nothing open.
   */
  stepsOf(told) {
    const over = { ...told, isOver: true }
    if (told.type === 'TRIAL') return [told, over]
    const { type, isAcknowledgedThere } = told.notice
    return isAcknowledgedThere && actions[type] === 'trigger' ? [over, told] : [told]
  },

  compose(content, way) {
    const { settings, secrets, origins } = way
    const told = single(content)
    const speech = speak(told, way)
    const event = told.type === 'NOTICE' ? noticeEvent(told, speech) : trialEvent(told, speech)
    return jsonPost(`${origins.pagerduty ?? ORIGINS[settings.region]}/v2/enqueue`, {
      routing_key: secrets.routingKey,
      client: 'Pharos',
      client_url: speech.link.url,
      links: [{ href: speech.link.url, text: speech.link.label }],
      ...event,
    })
  },

  isGone: (reply) => said(reply, refusal)?.errors.some((error) => GONE.test(error)) ?? false,
}

function noticeEvent({ notice, isOver }: Told<'NOTICE'>, speech: Speech) {
  return {
    event_action: isOver ? 'resolve' : actions[notice.type],
    dedup_key: notice.incidentId,
    ...(isFetchable(speech.imageUrl) && { images: [{ src: speech.imageUrl, alt: 'Screenshot' }] }),
    payload: { ...payloadOf(speech), ...ofMonitor(notice), class: notice.type },
  }
}

function trialEvent({ trial, isOver }: Told<'TRIAL'>, speech: Speech) {
  const action = isOver ? 'resolve' : 'trigger'
  return { event_action: action, dedup_key: trial.trialId, payload: payloadOf(speech) }
}

function payloadOf({ tone, title, lead, facts, at }: Speech) {
  return {
    summary: oneLine(`${title}: ${lead}`, MAX_SUMMARY_LENGTH),
    source: 'Pharos',
    severity: severities[tone],
    timestamp: new Date(at).toISOString(),
    custom_details: Object.fromEntries(facts.map(({ label, value }) => [label, value])),
  }
}

function ofMonitor({ target, monitorName }: Notice) {
  const component = oneLine(monitorName, MAX_SOURCE_LENGTH)
  return { component, source: oneLine(target, MAX_SOURCE_LENGTH) || component || 'Pharos' }
}
