import type { z } from 'zod'
import type { PostReply, PostRequest } from '../../../agent/post.ts'
import type { Mail } from '../../platform/mailer.ts'
import type { ServiceOrigins } from '../../platform/service-origins.ts'
import type { Wording } from '../wording.ts'
import type { Content, Single } from './content.ts'

/** What a message needs besides its content: whom it goes to, in which words, and what its link starts with. */
export type Way<Settings = unknown, Secrets = unknown> = {
  settings: Settings
  secrets: Secrets
  /** Null: Pharos' own words. */
  wording: Wording | null
  publicUrl: string
  origins: ServiceOrigins
  /** When it is sent, epoch milliseconds. */
  at: number
}

type Setup<Settings, Secrets> = {
  /** What may be set, with messages that name the field. What is stored passes them again whenever it is used. */
  rules(origins: ServiceOrigins): {
    settings: z.ZodType<Settings>
    secrets: z.ZodType<Secrets>
  }
  /** What is shown as the recipient: the channel's name too, where no setting tells two of the kind apart. */
  labelOf(settings: Settings, name: string): string
  /** How much of a digest, in bytes of UTF-8, one message has room for; null for machines, which get no digests. */
  digestBytes: number | null
}

/** A channel that is one HTTP request. All of it is pure. */
export type PostedKind<Settings = unknown, Secrets = unknown> = Setup<Settings, Secrets> & {
  carrier: 'HTTP'
  compose(content: Content, way: Way<Settings, Secrets>): PostRequest | Promise<PostRequest>
  /** What it takes to tell one thing, in its order, where that is more than one message. */
  stepsOf?(told: Single): Single[]
  /** Whether a refusal, of a status from 400 on, says in the service's own words that nobody is there any more. */
  isGone(reply: PostReply): boolean
  /** The pause that is asked for, milliseconds, where it does not stand in `Retry-After`. */
  pauseMsOf?(reply: PostReply): number | null
}

export type MailedKind<Settings = unknown, Secrets = unknown> = Setup<Settings, Secrets> & {
  carrier: 'MAIL'
  compose(content: Content, way: Way<Settings, Secrets>): Mail
}

/** How the channels of one kind are set up, spoken to and understood. */
export type ChannelKind<Settings = unknown, Secrets = unknown> =
  | PostedKind<Settings, Secrets>
  | MailedKind<Settings, Secrets>
