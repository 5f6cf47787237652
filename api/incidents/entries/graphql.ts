import { IncidentEntryKind } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'

const EntryKindType = builder.enumType('IncidentEntryKind', {
  description: 'What a line of the timeline tells.',
  values: {
    OPENED: { value: IncidentEntryKind.OPENED, description: 'The trouble was confirmed.' },
    ACKNOWLEDGED: { value: IncidentEntryKind.ACKNOWLEDGED, description: 'Somebody took it.' },
    COMMENTED: { value: IncidentEntryKind.COMMENTED, description: 'Somebody said something.' },
    REVISED: {
      value: IncidentEntryKind.REVISED,
      description: 'Late results corrected when it began or ended.',
    },
    RESOLVED: { value: IncidentEntryKind.RESOLVED, description: 'It was over.' },
    RETRACTED: {
      value: IncidentEntryKind.RETRACTED,
      description: 'Late results showed that it never happened.',
    },
  },
})

builder.prismaObject('IncidentEntry', {
  description: 'A line of the timeline of an incident.',
  authScopes: { permission: 'INCIDENTS_READ' },
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Unique within the timeline.' }),
    kind: t.expose('kind', { type: EntryKindType, description: 'What it tells.' }),
    at: t.expose('at', { type: 'DateTime', description: 'The instant it tells of.' }),
    user: t.relation('user', {
      nullable: true,
      description: 'Who did it; null for Pharos itself and for an account that is gone.',
    }),
    text: t.exposeString('text', { description: 'The line itself, as plain text.' }),
  }),
})
