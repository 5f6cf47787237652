import { z } from 'zod'
import { cut } from '../../../outbox/letter.ts'
import { nothing, serviceAddress } from '../address-rule.ts'
import { said } from '../answer.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { isFetchable } from '../markup.ts'
import { speak, type Speech, type Tone } from '../speech.ts'

/** Where Power Automate has its workflows: the commercial clouds and the American government's. */
const HOSTS = /(\.logic\.azure\.(com|us)|\.api\.(gov\.|high\.)?powerplatform\.(com|us))$/
/** learn.microsoft.com/connectors/teams: a message is at most about 28 KB; each line costs 90 bytes of card besides its own. */
const DIGEST_BYTES = 4_500
const MAX_TEXT_LENGTH = 2_000
/** adaptivecards.io/explorer: the newest version that Teams shows everywhere. */
const CARD_VERSION = '1.4'

const colors = {
  BAD: 'Attention',
  WARNING: 'Warning',
  GOOD: 'Good',
  PLAIN: 'Default',
} satisfies Record<Tone, string>

/** What a workflow answers that was deleted, turned off, or whose address has changed. */
const GONE_CODES = [
  'WorkflowNotFound',
  'WorkflowTriggerIsNotEnabled',
  'WorkflowTriggerNotFound',
  'FlowNotFound',
  'DirectApiAuthorizationRequired',
  'AuthorizationFailed',
  'InvalidSasToken',
]
const refusal = z.object({ error: z.object({ code: z.string() }) })

type Run = { type: 'TextRun'; text: string; weight?: 'Bolder'; size?: 'Large'; color?: string }

/** A workflow "When a Teams webhook request is received". A TextRun knows no markup: nothing is to be escaped. */
export const teams: PostedKind<object, { url: string }> = {
  carrier: 'HTTP',
  rules: ({ teams: origin }) => ({
    settings: nothing,
    secrets: z.object({
      url: serviceAddress({
        isKnown: ({ hostname }) => HOSTS.test(hostname),
        example: 'https://….api.powerplatform.com/powerautomate/…, the webhook of a workflow',
        origin,
      }),
    }),
  }),
  labelOf: (_settings, name) => `Microsoft Teams (${name})`,
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const attachment = {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: cardOf(speak(content, way)),
    }
    return jsonPost(way.secrets.url, { type: 'message', attachments: [attachment] })
  },

  isGone: (reply) => GONE_CODES.includes(said(reply, refusal)?.error.code ?? ''),
}

function cardOf({ tone, title, lead, facts, lines, link, imageUrl }: Speech) {
  const heading = { weight: 'Bolder', size: 'Large', color: colors[tone] } as const
  const actions = [openUrl(link.label, link.url), imageUrl && openUrl('Screenshot', imageUrl)]
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: CARD_VERSION,
    fallbackText: title,
    msteams: { width: 'Full' },
    body: [
      paragraph([run(title, heading)]),
      ...lead.split('\n').map((line) => paragraph([run(line)])),
      ...facts.map(({ label, value }) =>
        paragraph([run(`${label}: `, { weight: 'Bolder' }), run(value)], 'Small'),
      ),
      ...lines.map((line) => paragraph([run(line)], 'None')),
      ...(isFetchable(imageUrl) ? [{ type: 'Image', url: imageUrl, altText: 'Screenshot' }] : []),
    ],
    actions: actions.filter(Boolean),
  }
}

function paragraph(inlines: Run[], spacing: 'Default' | 'Small' | 'None' = 'Default') {
  return { type: 'RichTextBlock', spacing, inlines }
}

function run(text: string, style: Omit<Run, 'type' | 'text'> = {}): Run {
  return { type: 'TextRun', text: cut(text, MAX_TEXT_LENGTH) || ' ', ...style }
}

function openUrl(title: string, url: string) {
  return { type: 'Action.OpenUrl', title, url }
}
