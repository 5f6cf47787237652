import { type Env, Region } from './region.ts'
import { type EdgeRegion, readSettings } from './settings.ts'

// The platform looks for its classes in the entry.
export { Region }

export default {
  /** The cron of each minute: whatever has fallen asleep is woken, whatever is new is placed. */
  async scheduled(_event, env) {
    const read = readSettings(env)
    if ('problems' in read) return tell(read.problems)
    const wakings = read.settings.keys.map(({ region }) => wakeRegion(env, region))
    const ends = await Promise.allSettled(wakings)
    tell(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : [])))
  },

  fetch: (request, env) => {
    const isHealthCheck = new URL(request.url).pathname === '/healthz'
    return isHealthCheck ? health(env) : new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>

/** The first shard says how many there are. */
async function wakeRegion(env: Env, region: EdgeRegion): Promise<void> {
  const of = await wakeShard(env, region, 0, 1)
  const others = Array.from({ length: of - 1 }, (_, index) => index + 1)
  await Promise.all(others.map((index) => wakeShard(env, region, index, of)))
}

async function wakeShard(env: Env, region: EdgeRegion, index: number, of: number): Promise<number> {
  const id = env.REGION.idFromName(`${region}/${index}`)
  return env.REGION.get(id, { locationHint: region }).wake({ region, index, of })
}

/** Whether the settings are right: what is wrong is told by name and rule, never by value. */
function health(env: Env): Response {
  const read = readSettings(env)
  if ('problems' in read) return Response.json({ status: 'failing', ...read }, { status: 503 })
  return Response.json({ status: 'ok', regions: read.settings.keys.map(({ region }) => region) })
}

function tell(problems: string[]): void {
  for (const problem of problems) console.error(problem)
}
