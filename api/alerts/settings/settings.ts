import { z } from 'zod'
import { parseInput } from '../../input.ts'
import { complete, type Given, listOf, wholeNumber, yesOrNo } from '../../monitors/input/rules.ts'
import { badInput, type Refusal } from '../../refusal.ts'
import type { Topics } from '../audience/audience.ts'

const MAX_SLOW_MS = 30_000
const MAX_SETTINGS = 100

/** What one channel hears of a monitor. */
export type AlertSetting = Topics & { channelId: string; isActive: boolean }

export type AlertSettingInput = { channelId: string } & Given<Omit<AlertSetting, 'channelId'>>

const defaults = {
  isActive: true,
  onDown: true,
  onUp: true,
  onSlow: true,
  onCertificate: true,
  slowThresholdMs: null,
}

const rules = z.object({
  settings: listOf(
    z.object({
      channelId: z.string(),
      isActive: yesOrNo,
      onDown: yesOrNo,
      onUp: yesOrNo,
      onSlow: yesOrNo,
      onCertificate: yesOrNo,
      slowThresholdMs: wholeNumber(1, MAX_SLOW_MS).nullable(),
    }),
    MAX_SETTINGS,
  ).refine((settings) => new Set(settings.map((one) => one.channelId)).size === settings.length, {
    error: 'must name each channel once',
  }),
})

/** What is left out of a setting takes its default: the channel hears everything. */
export function parseSettings(input: readonly AlertSettingInput[]): AlertSetting[] {
  const settings = input.map((setting) => complete<object>(defaults, setting))
  return parseInput(rules, { settings }).settings
}

export function isDefaultAlready(): Refusal {
  return badInput('settings', 'must be a list where no monitor is named: the default has no other')
}
