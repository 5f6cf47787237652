import { expect, test } from 'vitest'
import type { ChangeAction } from '../../generated/prisma/enums.ts'
import { type Change, condense } from './change.ts'

test.each<{ given: ChangeAction[]; kept: ChangeAction }>([
  { given: ['CREATED', 'UPDATED', 'UPDATED'], kept: 'CREATED' },
  { given: ['UPDATED', 'UPDATED'], kept: 'UPDATED' },
  { given: ['UPDATED', 'DELETED'], kept: 'DELETED' },
  { given: ['CREATED', 'DELETED'], kept: 'DELETED' },
])('what one transaction did to one object, $given, is told as $kept', ({ given, kept }) => {
  expect(condense(given.map((action) => change('one', { action })))).toEqual([
    change('one', { action: kept }),
  ])
})

test('objects are told in the order in which they were first touched', () => {
  const changes = ['one', 'two', 'one', 'three'].map((nodeId) => change(nodeId))
  expect(condense(changes).map(({ nodeId }) => nodeId)).toEqual(['one', 'two', 'three'])
})

test('a new status is not forgotten for a later change', () => {
  const [kept] = condense([change('one', { hasNewStatus: true }), change('one')])
  expect(kept).toMatchObject({ hasNewStatus: true })
})

function change(nodeId: string, rest: Partial<Change> = {}): Change {
  return {
    workspaceId: 'workspace',
    kind: 'MONITOR',
    action: 'UPDATED',
    nodeId,
    monitorId: nodeId,
    hasNewStatus: false,
    ...rest,
  }
}
