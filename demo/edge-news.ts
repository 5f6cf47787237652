import { setTimeout as pause } from 'node:timers/promises'
import { ask, need } from './graphql.ts'
import { say } from './say.ts'

const LOOK_EVERY_MS = 1_000

const READ = `{
  probes { region isOnline }
  monitors(first: 100) { nodes { name status votes { region vote } } } }`

type Seen = {
  probes: { region: string; isOnline: boolean }[]
  monitors: {
    nodes: {
      name: string
      status: string
      votes: { region: string; vote: string }[]
    }[]
  }
}

/** What somebody says: of one monitor, or in general. */
type News = { who: string; says: string; of: string }

/** A line for each change in what these regions say. Pharos may be away: then there is no news. */
export async function tellNews(
  graphqlUrl: string,
  token: string,
  regions: readonly string[],
): Promise<never> {
  const told = new Map<string, string>()
  for (;;) {
    const seen = await ask<Seen>(graphqlUrl, READ, {}, token).then(need, () => null)
    for (const news of seen ? newsOf(seen, regions) : []) {
      const key = `${news.who} ${news.of}`
      if (told.get(key) !== news.says) say(news.who, news.says, news.of)
      told.set(key, news.says)
    }
    await pause(LOOK_EVERY_MS)
  }
}

function newsOf({ probes, monitors }: Seen, regions: readonly string[]): News[] {
  const isOurs = ({ region }: { region: string }) => regions.includes(region)
  const watched = monitors.nodes.filter(({ votes }) => votes.some(isOurs))
  return [
    ...probes
      .filter(isOurs)
      .map(({ region, isOnline }) => ({ who: region, says: isOnline ? 'syncs' : '…', of: '' })),
    ...watched.flatMap(({ name: of, status, votes }) => [
      ...votes.map(({ region, vote }) => ({ who: region, says: vote, of })),
      { who: 'all', says: status, of },
    ]),
  ]
}
