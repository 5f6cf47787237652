import type { IncidentEntryKind } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { described } from '../../graphql/described.ts'

const EntryKindType = builder.enumType('IncidentEntryKind', {
  description: 'What a line of the timeline tells.',
  values: described<IncidentEntryKind>({
    OPENED: 'The trouble was confirmed.',
    ACKNOWLEDGED: 'Somebody took it.',
    COMMENTED: 'Somebody said something.',
    REVISED: 'Late results corrected when it began or ended.',
    RESOLVED: 'It was over.',
    RETRACTED: 'Late results showed that it never happened.',
    ESCALATED: 'Nobody had taken it: others were told.',
    RELEASED: 'Alerts that had been withheld went out.',
    REOPENED: 'The acknowledgement has ended, or was withdrawn: nobody is at it any more.',
  }),
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
