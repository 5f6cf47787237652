import { styleText } from 'node:util'
import { createApp } from '../api/app.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { closeOnSignal, runProgram } from '../api/platform/process.ts'
import { DEMO_EMAIL, DEMO_PASSWORD, openAccount, watchTargets } from './account.ts'
import { startInbox } from './inbox.ts'
import { say } from './say.ts'
import { startTargets } from './targets.ts'

await runProgram(async () => {
  await using starting = new AsyncDisposableStack()
  const inbox = await startInbox((subject) => say('mail', subject))
  starting.defer(() => inbox.close())
  const targets = await startTargets()
  starting.defer(() => targets.forEach((target) => target.close()))
  const app = await createApp(demoEnvironment(inbox.smtpUrl))
  starting.defer(() => app.close())

  const graphqlUrl = new URL('/graphql', app.url).href
  const token = await openAccount(graphqlUrl)
  await watchTargets(graphqlUrl, token, targets)
  const running = starting.move()
  closeOnSignal(() => running.disposeAsync())
  console.log(welcome(graphqlUrl, inbox.pageUrl, token))
})

function demoEnvironment(smtpUrl: string) {
  return readEnvironment({
    ...process.env,
    DATA_DIR: process.env.DATA_DIR ?? '.data/demo',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    SIGN_UP: 'first',
    SMTP_URL: smtpUrl,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
  })
}

function welcome(graphqlUrl: string, inboxUrl: string, token: string): string {
  return `
${styleText('bold', 'Pharos demo')}: three local targets are watched every 10 seconds.

  GraphiQL   ${graphqlUrl}
  Inbox      ${inboxUrl}
  Account    ${DEMO_EMAIL} / ${DEMO_PASSWORD}
  Header     { "authorization": "Bearer ${token}" }   (paste it into GraphiQL's Headers)

The slow target is told of within a minute. The flapping one goes down after 45 seconds: its
incident opens, a mail arrives, and 45 seconds later both are over. Beside this, npm run edge
watches it from three regions. Ctrl-C ends it all.
`
}
