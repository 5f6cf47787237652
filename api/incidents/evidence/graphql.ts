import { builder } from '../../graphql/builder.ts'
import type { Header } from './redaction.ts'

const read = { permission: 'INCIDENTS_READ' } as const

const EvidenceHeader = builder.objectRef<Header>('EvidenceHeader').implement({
  description: 'A header of an answer.',
  authScopes: read,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, as it was sent.' }),
    value: t.exposeString('value', { description: 'Its value, less what is secret.' }),
  }),
})

builder.prismaObject('Evidence', {
  description:
    'What the target answered when its incident had opened: to a request of its own, made within five ' +
    'minutes of the check that failed. Secrets are replaced by [redacted]. There is none of what only a ' +
    'private agent reaches, and of the incidents of a workspace that open within a minute the first 10 ' +
    'have it. Kept as long as checks are.',
  authScopes: read,
  fields: (t) => ({
    takenAt: t.expose('takenAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it answered; null until then, and where nothing did.',
    }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: 'The status of its answer, after redirects if the monitor follows them.',
    }),
    isAsExpected: t.exposeBoolean('isAsExpected', {
      nullable: true,
      description:
        'Whether it answered as the monitor expects by then, so that this is no picture of the failure; ' +
        'null where nothing answered.',
    }),
    headers: t.field({
      type: [EvidenceHeader],
      description: 'The headers of its answer, in order; none where nothing answered.',
      select: { headers: true },
      resolve: ({ headers }) => (headers ?? []) as Header[],
    }),
    body: t.exposeString('body', {
      nullable: true,
      description: 'The first 64 KB of the body; null where it is nothing to read.',
    }),
    bodyBytes: t.exposeInt('bodyBytes', {
      nullable: true,
      description: 'How many bytes of body were sent, counted to 1 MB.',
    }),
    problem: t.exposeString('problem', {
      nullable: true,
      description:
        'Why there is no screenshot, or no answer either, in one sentence; null where there is, and until then.',
    }),
  }),
})

builder.prismaObjectField('Incident', 'evidence', (t) =>
  t.relation('evidence', {
    nullable: true,
    description: 'What its target showed; null for what is not HTTP and DOWN, or too long ago.',
  }),
)
