import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { ChannelKind } from './kind.ts'
import { discord } from './kinds/discord.ts'
import { email } from './kinds/email.ts'
import { ntfy } from './kinds/ntfy.ts'
import { pagerduty } from './kinds/pagerduty.ts'
import { slack } from './kinds/slack.ts'
import { teams } from './kinds/teams.ts'
import { telegram } from './kinds/telegram.ts'
import { webhook } from './kinds/webhook.ts'

/** A kind is given only what its own rules have let pass: `unknown` here, its settings and secrets there. */
export const channelKinds: Record<AlertChannel, ChannelKind> = {
  EMAIL: email,
  WEBHOOK: webhook,
  SLACK: slack,
  TEAMS: teams,
  DISCORD: discord,
  TELEGRAM: telegram,
  PAGERDUTY: pagerduty,
  NTFY: ntfy,
}
