import { styleText } from 'node:util'
import type { App } from './app.ts'
import type { Environment } from './platform/environment.ts'

/** What somebody who has just started it wants to know: where to click, where the data is, what is not set up. */
export function greeting({ deps: { environment } }: App): string {
  const { publicUrl } = environment
  const addresses = { Open: publicUrl, GraphiQL: `${publicUrl}/graphql` }
  const lines = {
    ...(environment.roles.includes('web') ? addresses : {}),
    Data: environment.databaseUrl ? 'the database of DATABASE_URL' : environment.dataDir,
    Mail: environment.smtpUrl
      ? `goes out as ${environment.mailFrom}`
      : 'not configured: set SMTP_URL to be told of incidents',
    'Sign-up': SIGN_UP[environment.signUp],
    Outbound: outbound(environment),
    Roles: environment.roles.join(', '),
  }
  const width = Math.max(...Object.keys(lines).map((name) => name.length))
  const text = Object.entries(lines).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return `\n${styleText('bold', 'Pharos is ready.')}\n\n${text.join('\n')}\n`
}

const SIGN_UP = {
  first: 'the first account owns this installation, nobody else signs up by themselves',
  open: 'open to everybody',
  invite: 'by invitation only',
} satisfies Record<Environment['signUp'], string>

function outbound({ outbound: { allow } }: Environment): string {
  if (allow.length === 0) return 'public addresses only'
  return `public addresses and ${allow.map((range) => range.text).join(', ')}`
}
