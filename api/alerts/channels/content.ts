import type { Notice } from '../message.ts'

/** What one message carries: one alert, many of them, or word that the channel works. */
export type Content =
  | { type: 'NOTICE'; notice: Notice }
  | { type: 'DIGEST'; digest: Digest }
  | { type: 'TRIAL'; trial: Trial }

/** What a digest says of one alert. */
export type DigestEntry = Pick<
  Notice,
  'alertId' | 'type' | 'monitorName' | 'startedAt' | 'resolvedAt' | 'isRetracted'
>

/** The alerts that came too fast to be told one by one, in their order. */
export type Digest = { digestId: string; recipient: string; at: number; entries: DigestEntry[] }

/** Somebody asks whether messages arrive. */
export type Trial = { trialId: string; recipient: string; channelName: string; at: number }
