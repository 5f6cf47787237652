import { invariant } from '../../../core/invariant.ts'
import type { Notice } from '../message.ts'

/**
 * What one message carries: one alert, many of them, or word that the channel works. `isOver`: it closes what the
 * like of it has opened there. `isFarewell`: monitor and incident are deleted, and no link leads to them.
 */
export type Content =
  | { type: 'NOTICE'; notice: Notice; isOver?: boolean; isFarewell?: boolean }
  | { type: 'DIGEST'; digest: Digest; page?: Page }
  | { type: 'TRIAL'; trial: Trial; isOver?: boolean }

export type Told<Type extends Content['type']> = Extract<Content, { type: Type }>

/** What a digest says of one alert. */
export type DigestEntry = Pick<
  Notice,
  | 'alertId'
  | 'type'
  | 'incidentKind'
  | 'monitorName'
  | 'startedAt'
  | 'resolvedAt'
  | 'isRetracted'
  | 'isUnattended'
  | 'entry'
  | 'certificateExpiresAt'
  | 'decidedAt'
  | 'lateness'
>

/** What is told together: alerts in their order, and after them the last words on monitors that are deleted. */
export type Digest = {
  digestId: string
  recipient: string
  /** Of whoever reads it, as far as it is known; else UTC. */
  timeZone: string
  at: number
  entries: DigestEntry[]
}

/** As much of a digest as one message has room for; all of it where none is named. */
export type Page = { number: number; of: number; entries: DigestEntry[] }

/** Somebody asks whether messages arrive. */
export type Trial = {
  trialId: string
  recipient: string
  timeZone: string
  channelName: string
  at: number
}

/** What machines get: they take every alert by itself. */
export type Single = Exclude<Content, { type: 'DIGEST' }>

export function single(content: Content): Single {
  invariant(content.type !== 'DIGEST', 'machines take every alert by itself')
  return content
}
