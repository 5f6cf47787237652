import { builder } from '../../graphql/builder.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { type Telling, tellingOf } from './hearing.ts'
import { readStatuses } from './store.ts'

const TellingType = builder.enumType('Telling', {
  description: 'Whether anybody was told that an incident began.',
  values: described<Telling>({
    TOLD: 'A receiver has accepted it.',
    PENDING: 'It is on its way.',
    WITHHELD: 'It is kept back, or was until the incident was over.',
    NOBODY: 'Nobody was notified: there was nobody to tell, or no way to.',
  }),
})

builder.prismaObjectField('Incident', 'telling', (t) =>
  t.loadable({
    type: TellingType,
    description: 'Whether anybody knows of it, as far as Pharos can tell.',
    load: async (incidentIds: string[], context) =>
      (await readStatuses(context.deps, workspaceOf(context), incidentIds)).map(tellingOf),
    resolve: ({ id }) => id,
  }),
)
