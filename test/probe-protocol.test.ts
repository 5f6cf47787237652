import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { judgeResult } from '../api/probes/syncs/result.ts'
import {
  AGENT_CAPABILITIES,
  EDGE_REGIONS,
  MAX_RESULTS_PER_SYNC,
  MAX_SYNC_BYTES,
} from '../core/probe-protocol.ts'
import { signMessage, verifyMessage } from '../core/signature.ts'
import { slotAtOrAfter } from '../core/slot.ts'
import { readSyncAnswer } from '../core/sync-answer.ts'
import { readSyncRequest } from '../core/sync-request.ts'
import { root } from './source.ts'

const page = readFileSync(join(root, 'docs/probe-protocol.md'), 'utf8')

/** What stands in the block of this name. */
function block(name: string): string {
  const [, text] = new RegExp(`\`\`\`\\w+ ${name}\\n([^]*?)\\n\`\`\``).exec(page) ?? []
  if (text === undefined) throw new Error(`No block ${name}`)
  return text
}

const headersIn = (name: string) =>
  Object.fromEntries(
    block(name)
      .split('\n')
      .map((line) => line.split(': ')),
  ) as Record<string, string>

const secret = block('secret')

describe.each(['request', 'answer'])('the %s of the worked example', (what) => {
  const headers = headersIn(`${what}-headers`)
  const body = block(`${what}-body`)
  const id = headers['webhook-id']!
  const timestamp = headers['webhook-timestamp']!
  const signature = headers['webhook-signature']!

  it('has the signature that its bytes give', async () => {
    const timestampSeconds = Number(timestamp)
    expect(await signMessage(secret, { id, timestampSeconds, body })).toBe(signature)
    const verdict = await verifyMessage(
      [secret],
      { id, timestamp, signature },
      body,
      timestampSeconds * 1000,
    )
    expect(verdict.isValid).toBe(true)
  })

  it('has it by another implementation, and by the words of the page', () => {
    expect(new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), body)).toBe(signature)
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    expect(`v1,${mac}`).toBe(signature)
  })
})

describe('the worked example', () => {
  const request = readSyncRequest(block('request-body'))
  const answer = readSyncAnswer(block('answer-body'))
  if ('problem' in request || !answer) throw new Error('the example cannot be read')
  const [read] = request.results
  const result = 'result' in read! ? read.result : null
  const [assignment] = answer.assignments!.items

  it('is as long as the page says', () => {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headersIn('request-headers')
    const signed = `${id}.${timestamp}.${block('request-body')}`
    expect(page).toContain(`${Buffer.byteLength(signed)} bytes long`)
  })

  it('reports a slot of the very monitor that it is assigned, and would be taken', () => {
    const monitor = { ...assignment!, kind: assignment!.request.kind }
    expect(slotAtOrAfter(monitor, result!.scheduledAt)).toBe(result!.scheduledAt)
    expect(judgeResult(result!, monitor, answer.serverTime)).toBeNull()
    expect(page).toContain(`its slot was ${new Date(result!.scheduledAt).toISOString()}`)
    const tail = Number.parseInt(result!.monitorId.slice(-12), 16)
    expect(page.replaceAll('\n', ' ')).toContain(`${tail} mod 60000 = ${tail % 60_000}`)
  })
})

describe('the page names', () => {
  it.each([
    ['the limits', [MAX_SYNC_BYTES, MAX_RESULTS_PER_SYNC].map((n) => n.toLocaleString('en'))],
    ['the kinds of check', [AGENT_CAPABILITIES.join(' ')]],
    ['the regions of the edge', [EDGE_REGIONS.join(' ')]],
    ['every field of a request', Object.keys(JSON.parse(block('request-body')))],
    ['every field of a result', Object.keys(JSON.parse(block('request-body')).results[0])],
  ])('%s', (_, words) => {
    for (const word of words) expect(page).toContain(word)
  })
})
