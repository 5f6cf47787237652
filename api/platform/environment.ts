import { resolve } from 'node:path'
import { z } from 'zod'
import { type OutboundPolicy, parseCidrs } from '../../core/address.ts'
import {
  DEFAULT_REFERENCE_TARGETS,
  parseReferenceTargets,
  type ReferenceTarget,
} from '../../core/health.ts'
import { type EncryptionKey, parseKeys } from './keyring.ts'
import { type LogLevel, logLevels } from './log.ts'
import { parseServiceOrigins, type ServiceOrigins } from './service-origins.ts'
import { StartRefusal } from './start-refusal.ts'

export const processRoles = ['web', 'scheduler', 'dispatcher'] as const

export type ProcessRole = (typeof processRoles)[number]

export type Environment = {
  /** 0 takes any free port. */
  port: number
  publicUrl: string
  /** Null: the embedded PostgreSQL under dataDir. */
  databaseUrl: string | null
  dataDir: string
  redisUrl: string | null
  roles: ProcessRole[]
  signUp: 'first' | 'open' | 'invite'
  /** Null: mail is not configured. */
  smtpUrl: string | null
  mailFrom: string
  cloudinaryUrl: string | null
  /** Whether pages that fail are pictured. */
  screenshots: 'on' | 'off'
  /** Null: the browser that came with the packages. */
  chromiumPath: string | null
  /** Null: the keys under dataDir. */
  encryptionKeys: EncryptionKey[] | null
  outbound: OutboundPolicy
  /** Asked whether our own network works when checks begin to fail; none: what they say is believed. */
  referenceTargets: ReferenceTarget[]
  /** Where services are for this installation, besides or instead of their own addresses. */
  serviceOrigins: ServiceOrigins
  corsOrigins: string[]
  /** How many proxies of ours stand in front: 0 believes no X-Forwarded-For. */
  trustedProxies: number
  checkRetentionDays: number
  logLevel: LogLevel
}

/** Reads every variable once. All mistakes are told together, by name and rule, never by value. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const given = Object.entries(variables).filter(([, value]) => value?.trim())
  const parsed = rules.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])} ${message}`)
  throw new StartRefusal(`The environment is not right:\n${[...new Set(mistakes)].join('\n')}`)
}

const rules = z
  .object({
    PORT: wholeNumber(0, 65_535).default(4_000),
    PUBLIC_URL: url('http', 'https').optional(),
    DATABASE_URL: url('postgres', 'postgresql').optional(),
    DATA_DIR: z.string().default('.data'),
    REDIS_URL: url('redis', 'rediss').optional(),
    ROLES: list(z.enum(processRoles, `must be some of ${processRoles.join(',')}`)).default([
      ...processRoles,
    ]),
    SIGN_UP: z.enum(['first', 'open', 'invite'], 'must be first, open or invite').default('first'),
    SMTP_URL: url('smtp', 'smtps').optional(),
    MAIL_FROM: z.string().regex(/@/, 'must hold an e-mail address').optional(),
    CLOUDINARY_URL: url('cloudinary').optional(),
    SCREENSHOTS: z.enum(['on', 'off'], 'must be on or off').default('on'),
    CHROMIUM_PATH: z.string().regex(/^\//, 'must be the full path of a program').optional(),
    ENCRYPTION_KEYS: parsedBy(parseKeys).optional(),
    OUTBOUND_ALLOW_CIDRS: parsedBy(parseCidrs).default({ cidrs: [] }),
    REFERENCE_TARGETS: parsedBy(parseReferenceTargets).prefault(DEFAULT_REFERENCE_TARGETS),
    SERVICE_ORIGINS: parsedBy(parseServiceOrigins).default({}),
    CORS_ORIGINS: list(origin()).default([]),
    TRUST_PROXY: wholeNumber(0, 10).default(0),
    CHECK_RETENTION_DAYS: wholeNumber(7, 3_650).default(90),
    LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  })
  .transform((given): Environment => {
    const publicUrl = given.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://localhost:${given.PORT}`
    return {
      port: given.PORT,
      publicUrl,
      databaseUrl: given.DATABASE_URL ?? null,
      dataDir: resolve(given.DATA_DIR),
      redisUrl: given.REDIS_URL ?? null,
      roles: given.ROLES,
      signUp: given.SIGN_UP,
      smtpUrl: given.SMTP_URL ?? null,
      mailFrom: given.MAIL_FROM ?? `Pharos <pharos@${new URL(publicUrl).hostname}>`,
      cloudinaryUrl: given.CLOUDINARY_URL ?? null,
      screenshots: given.SCREENSHOTS,
      chromiumPath: given.CHROMIUM_PATH ?? null,
      encryptionKeys: given.ENCRYPTION_KEYS ?? null,
      outbound: { allow: given.OUTBOUND_ALLOW_CIDRS.cidrs },
      referenceTargets: given.REFERENCE_TARGETS,
      serviceOrigins: given.SERVICE_ORIGINS,
      corsOrigins: given.CORS_ORIGINS,
      trustedProxies: given.TRUST_PROXY,
      checkRetentionDays: given.CHECK_RETENTION_DAYS,
      logLevel: given.LOG_LEVEL,
    }
  })

function wholeNumber(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule)
}

function url(...schemes: string[]) {
  const isRight = (text: string) =>
    URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1))
  return z
    .string()
    .trim()
    .refine(isRight, `must be a URL with ${schemes.join(':// or ')}://`)
}

function origin() {
  const isRight = (text: string) => URL.canParse(text) && new URL(text).origin === text
  return z.string().refine(isRight, 'must be exact origins such as https://pharos.example.com')
}

function list<T>(item: z.ZodType<T, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item))
}

function parsedBy<T>(parse: (text: string) => T | { problem: string }) {
  return z.string().transform((text, context): T => {
    const parsed = parse(text)
    if (!isProblem(parsed)) return parsed
    context.addIssue(parsed.problem)
    return z.NEVER
  })
}

function isProblem(value: unknown): value is { problem: string } {
  return typeof value === 'object' && value !== null && 'problem' in value
}
