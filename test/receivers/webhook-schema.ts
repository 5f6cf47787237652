import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { root } from '../source.ts'

/** The schema that docs/ publishes, as something that can parse. */
export function readWebhookSchema(): z.ZodType {
  const schema: unknown = JSON.parse(readFileSync(join(root, 'docs/webhook.schema.json'), 'utf8'))
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
}
