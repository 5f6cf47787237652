import { setTimeout as pause } from 'node:timers/promises'
import { post, type PostReply, type PostRequest } from '../../../agent/post.ts'
import type { Failure } from '../../../core/failure.ts'
import { invariant } from '../../../core/invariant.ts'
import type { Deps } from '../../deps.ts'
import type { Delivery } from '../../outbox/delivery.ts'
import type { Mail } from '../../platform/mailer.ts'
import { classifyFailure, classifyReply } from './answer.ts'
import { type Addressee, type Attempt, bareAttempt, type Delivered } from './attempt.ts'
import type { Content } from './content.ts'
import { pagesOf } from './digest.ts'
import type { ChannelKind, PostedKind, Way } from './kind.ts'
import { channelKinds } from './kinds.ts'
import { requestText, responseText } from './log-text.ts'

const INSIST_AFTER_MS = 1_000

type Carriers = Pick<Deps, 'outbound' | 'mailer' | 'environment' | 'clock'>

/**
 * Composes the message, hands it over, and says what came of it. `done` is how many messages of a
 * digest the receiver has accepted before: they are not sent again. Throws nothing that is expected.
 */
export async function deliver(
  deps: Carriers,
  addressee: Addressee,
  content: Content,
  { done, signal }: { done: number; signal: AbortSignal },
): Promise<Delivered> {
  const kind = channelKinds[addressee.kind]
  const way = wayOf(deps, kind, addressee)
  if ('problem' in way) {
    return bareAttempt({ outcome: 'PERMANENT', why: way.problem }, deps.clock.now())
  }
  const { updatedAt: channelAsOf } = addressee
  const hand = (message: Content) =>
    send(deps, kind, message, { ...way, at: deps.clock.now() }, signal)
  const attempts: Attempt[] = []
  let delivery: Delivery = { outcome: 'ACCEPTED' }
  for (const message of messagesOf(kind, content).slice(done)) {
    if (!mayFollow(message, delivery)) break
    const isEnd = endsTrial(message)
    if (signal.aborted && !isEnd) return { delivery: CUT_OFF, attempts, channelAsOf }
    attempts.push(...(isEnd ? await insist(() => hand(message)) : [await hand(message)]))
    if (delivery.outcome === 'ACCEPTED') delivery = attempts.at(-1)?.delivery ?? delivery
  }
  return { delivery, attempts, channelAsOf }
}

const CUT_OFF: Delivery = { outcome: 'RETRY', why: 'there was no time for all of its messages' }

/** What was not taken ends the line; but where that was no refusal, a trial may well have opened something. */
function mayFollow(message: Content, { outcome }: Delivery): boolean {
  return outcome === 'ACCEPTED' || (outcome === 'RETRY' && endsTrial(message))
}

/** What a trial has opened pages somebody until this is taken, whether or not anybody still waits for the trial. */
function endsTrial(message: Content): boolean {
  return message.type === 'TRIAL' && message.isOver === true
}

async function insist(hand: () => Promise<Attempt>): Promise<Attempt[]> {
  const first = await hand()
  if (first.delivery.outcome !== 'RETRY') return [first]
  await pause(INSIST_AFTER_MS)
  return [first, await hand()]
}

type Prepared = Omit<Way, 'at'>

/** Rules may have grown stricter since the channel was saved, and an operator's origin may be gone. */
function wayOf(
  { environment }: Carriers,
  kind: ChannelKind,
  { settings, secrets, wording }: Addressee,
): Prepared | { problem: string } {
  const { publicUrl, serviceOrigins: origins } = environment
  const rules = kind.rules(origins)
  const parsed = [rules.settings.safeParse(settings), rules.secrets.safeParse(secrets)] as const
  const [issue] = parsed.flatMap(({ error }) => error?.issues ?? [])
  if (issue)
    return { problem: `the channel is not set up: ${issue.path.join('.')} ${issue.message}` }
  return { settings: parsed[0].data, secrets: parsed[1].data, wording, publicUrl, origins }
}

function messagesOf(kind: ChannelKind, content: Content): Content[] {
  if (content.type !== 'DIGEST') {
    return kind.carrier === 'HTTP' && kind.stepsOf ? kind.stepsOf(content) : [content]
  }
  const { digestBytes } = kind
  invariant(digestBytes !== null, 'machines take every alert by itself')
  return pagesOf(content.digest, digestBytes)
}

async function send(
  deps: Carriers,
  kind: ChannelKind,
  content: Content,
  way: Way,
  signal: AbortSignal,
): Promise<Attempt> {
  if (kind.carrier === 'MAIL') return sendMail(deps, kind.compose(content, way), way.at, signal)
  const request = await kind.compose(content, way)
  const from = performance.now()
  const answer = await post(deps.outbound, request)
  return attemptOf(kind, { request, answer, durationMs: performance.now() - from }, way)
}

async function sendMail(
  { mailer }: Carriers,
  mail: Mail,
  at: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const from = performance.now()
  const delivery = await mailer.send(mail, signal)
  const durationMs = Math.round(performance.now() - from)
  const request = `Mail to ${mail.to}: ${mail.subject}`
  return { at, durationMs, delivery, request, responseStatus: null, response: null }
}

type Exchange = { request: PostRequest; answer: PostReply | Failure; durationMs: number }

function attemptOf(
  kind: PostedKind,
  { request, answer, durationMs }: Exchange,
  { secrets, at }: Way,
): Attempt {
  return {
    at,
    durationMs: Math.round(durationMs),
    delivery: answer.ok ? classifyReply(answer, kind, secrets) : classifyFailure(answer, secrets),
    request: requestText(request, secrets),
    responseStatus: answer.ok ? answer.status : null,
    response: answer.ok ? responseText(answer.body, secrets) : null,
  }
}
