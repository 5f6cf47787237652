import { expect, it } from 'vitest'
import { type LiveProbe, offerRegions } from './region.ts'

const probe = (change: Partial<LiveProbe>): LiveProbe => ({
  region: 'weur',
  kind: 'EDGE',
  capabilities: [],
  ...change,
})

it.each<[string, LiveProbe[], ReturnType<typeof offerRegions>]>([
  ['the built-in agent alone', [], []],
  [
    'an edge probe that has not synced yet: no ping, no certificates',
    [probe({})],
    [{ region: 'weur', kinds: ['HTTP', 'TCP', 'DNS'] }],
  ],
  [
    'an agent that has not synced yet: everything',
    [probe({ kind: 'AGENT', region: 'berlin' })],
    [{ region: 'berlin', kinds: ['HTTP', 'TCP', 'PING', 'DNS', 'TLS'] }],
  ],
  [
    'what an agent has declared, once it has synced',
    [probe({ kind: 'AGENT', region: 'berlin', capabilities: ['HTTP', 'TLS'] })],
    [{ region: 'berlin', kinds: ['HTTP', 'TLS'] }],
  ],
  [
    'regions by name, each once with what any of its probes can run',
    [
      probe({ region: 'weur', capabilities: ['HTTP', 'DNS'] }),
      probe({ region: 'berlin', capabilities: ['PING'] }),
      probe({ region: 'weur', capabilities: ['HTTP', 'TCP'] }),
    ],
    [
      { region: 'berlin', kinds: ['PING'] },
      { region: 'weur', kinds: ['HTTP', 'DNS', 'TCP'] },
    ],
  ],
])('offers %s', (_, probes, offered) => {
  const local = { region: 'local', kinds: ['HTTP'] }
  expect(offerRegions(['HTTP'], probes)).toEqual([local, ...offered])
})
