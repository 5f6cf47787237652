import { styleText } from 'node:util'
import { createApp } from '../api/app.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { DEMO_EMAIL, DEMO_PASSWORD, openAccount, watchTargets } from './account.ts'
import { startInbox } from './inbox.ts'
import { startTargets } from './targets.ts'

const inbox = await startInbox((subject) => say('mail', subject))
const targets = await startTargets()
const app = await createApp(
  readEnvironment({
    ...process.env,
    DATA_DIR: process.env.DATA_DIR ?? '.data/demo',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    SIGN_UP: 'first',
    SMTP_URL: inbox.smtpUrl,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
  }),
)
const graphqlUrl = new URL('/graphql', app.url).href
const token = await openAccount(graphqlUrl)
await watchTargets(graphqlUrl, token, Object.values(targets))

console.log(`
${styleText('bold', 'Pharos demo')}: three local targets are watched every 10 seconds.

  GraphiQL   ${graphqlUrl}
  Inbox      ${inbox.pageUrl}
  Account    ${DEMO_EMAIL} / ${DEMO_PASSWORD}
  Header     { "authorization": "Bearer ${token}" }   (paste it into GraphiQL's Headers)

The slow target is told of within a minute. The flapping one goes down after 45 seconds: its
incident opens, a mail arrives, and 45 seconds later both are over. Ctrl-C ends it all.
`)

async function stop(): Promise<void> {
  await app.close()
  for (const target of Object.values(targets)) target.close()
  await inbox.close()
  process.exit(0)
}

function say(what: string, text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${styleText('cyan', what)}  ${text}`)
}

process.once('SIGINT', stop)
process.once('SIGTERM', stop)
