import { builder, type InputFields, type PayloadFields } from '../../graphql/builder.ts'
import { principalOf, workspaceOf } from '../../graphql/context.ts'
import { encodeId, owned, uuidOf } from '../../graphql/ids.ts'
import { MAX_CONTACTS } from './contact.ts'
import {
  createContact,
  deleteContact,
  resendContactVerification,
  updateContact,
  verifyContact,
} from './deeds.ts'
import { formatQuietHours } from './quiet-hours.ts'
import { countContacts, readContact, readContacts } from './store.ts'

const read = { permission: 'WORKSPACE_READ' } as const
const administer = { permission: 'WORKSPACE_ADMIN' } as const

const QuietHoursType = builder
  .objectRef<ReturnType<typeof formatQuietHours>>('QuietHours')
  .implement({
    description: 'Between two times of day only DOWN, and its end, is told.',
    authScopes: read,
    fields: (t) => ({
      from: t.exposeString('from', { description: 'As `22:00`.' }),
      to: t.exposeString('to', { description: 'As `07:00`; on the next day if it is earlier.' }),
    }),
  })

export const Contact = builder.prismaNode('Contact', {
  description: 'Somebody to tell.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What they are called.' }),
    email: t.exposeString('email', { description: 'Their address, in lower case.' }),
    verifiedAt: t.expose('verifiedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they followed the link mailed to them; null: nothing is told there yet.',
    }),
    timeZone: t.exposeString('timeZone', {
      description: 'Where their quiet hours are; mails to them tell the time there.',
    }),
    quietHours: t.field({
      type: QuietHoursType,
      nullable: true,
      select: { quietFrom: true, quietTo: true },
      description: 'When they want to hear of nothing but DOWN; null: never.',
      resolve: ({ quietFrom: from, quietTo: to }) =>
        from === null || to === null ? null : formatQuietHours({ from, to }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were added.' }),
  }),
})

builder.queryField('contacts', (t) =>
  t.prismaConnection(
    {
      type: Contact,
      cursor: 'id',
      description: 'The contacts of the workspace, newest first.',
      authScopes: read,
      totalCount: (_root, _args, context) => countContacts(context.deps, workspaceOf(context)),
      resolve: (query, _root, _args, context) =>
        readContacts(context.deps, workspaceOf(context), query),
    },
    { name: 'ContactConnection' },
    { name: 'ContactEdge' },
  ),
)

const QuietHoursInput = builder.inputType('QuietHoursInput', {
  description: 'Between which times of day only DOWN, and its end, is to be told.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'As `22:00`.' }),
    to: t.string({ required: true, description: 'As `07:00`, on the next day if it is earlier.' }),
  }),
})

const reachFields = (t: InputFields) => ({
  timeZone: t.string({ description: 'The name of their time zone; UTC by default.' }),
  quietHours: t.field({
    type: QuietHoursInput,
    description: 'When to tell them nothing but DOWN; null for never.',
  }),
})

const id = { required: true, description: 'The id of the contact.' } as const

const contactField = (t: PayloadFields<{ contactId: string }>) => ({
  contact: t.prismaField({
    type: Contact,
    description: 'The contact as it is now.',
    resolve: (query, { contactId }, _args, context) =>
      readContact(context.deps, owned(contactId, context), query),
  }),
})

builder.relayMutationField(
  'createContact',
  {
    description: 'Whom to be able to tell.',
    inputFields: (t) => ({
      name: t.string({ required: true, description: '1–100 characters.' }),
      email: t.string({ required: true, description: 'Where to ask them.' }),
      ...reachFields(t),
    }),
  },
  {
    description:
      'Adds a contact and mails them a link that lasts 7 days: they are told nothing before they follow it. ' +
      'An address is asked at most 5 times within a day, whoever asks. ' +
      `Errors: BAD_USER_INPUT, CONFLICT, LIMIT_REACHED beyond ${MAX_CONTACTS} contacts, RATE_LIMITED.`,
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      return { contactId: await createContact(context.deps, principalOf(context), input) }
    },
  },
  { description: 'The new contact.', outputFields: contactField },
)

builder.relayMutationField(
  'updateContact',
  {
    description: 'What to change; what is left out stays.',
    inputFields: (t) => ({
      id: t.id(id),
      name: t.string({ description: '1–100 characters.' }),
      email: t.string({ description: 'Another address: it is to be verified anew.' }),
      ...reachFields(t),
    }),
  },
  {
    description:
      'Changes a contact. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT for the address of another, RATE_LIMITED.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      if (input.email != null) await context.attempts.mail(context.clientIp)
      const contactId = uuidOf('Contact', input.id)
      await updateContact(context.deps, principalOf(context), { ...input, id: contactId })
      return { contactId }
    },
  },
  { description: 'The contact that was changed.', outputFields: contactField },
)

builder.relayMutationField(
  'resendContactVerification',
  { description: 'Whom to ask again.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Mails a new link; the ones before lead nowhere. An address is asked at most 5 times within a day, ' +
      'whoever asks. ' +
      'Errors: NOT_FOUND, CONFLICT if the address is verified, RATE_LIMITED.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      const contactId = uuidOf('Contact', input.id)
      await resendContactVerification(context.deps, principalOf(context), contactId)
      return { contactId }
    },
  },
  { description: 'The mail is on its way.', outputFields: contactField },
)

builder.relayMutationField(
  'verifyContact',
  {
    description: 'A link from a mail.',
    inputFields: (t) => ({
      token: t.string({ required: true, description: 'The token of the link.' }),
    }),
  },
  {
    description:
      'Says that this address wants to be told. Needs no account: the link does. Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: { anyone: true },
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      await verifyContact(context.deps, input.token)
      return { isVerified: true }
    },
  },
  {
    description: 'The address is verified.',
    outputFields: (t) => ({
      isVerified: t.exposeBoolean('isVerified', {
        description: 'Always true; else there is an error.',
      }),
    }),
  },
)

builder.relayMutationField(
  'deleteContact',
  { description: 'Whom to tell nothing any more.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description: 'Removes a contact and the channels that are theirs. Errors: NOT_FOUND.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const contactId = uuidOf('Contact', input.id)
      await deleteContact(context.deps, principalOf(context), contactId)
      return { contactId }
    },
  },
  {
    description: 'The contact is gone.',
    outputFields: (t) => ({
      deletedContactId: t.id({
        description: 'The id it had.',
        resolve: ({ contactId }) => encodeId('Contact', contactId),
      }),
    }),
  },
)
