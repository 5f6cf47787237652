import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { viewer } from '../../../test/viewer.ts'
import { createReader, type Reader } from '../../platform/following/reader.ts'
import { createBroadcast } from './broadcast.ts'
import { createPass } from './pass.ts'
import { createSent } from './sent.ts'
import { createShelf } from './shelf.ts'

const origin = { workspaceId: 'workspace', document: parse('{ a }'), key: '' }

/** Events of which the first cannot be read. */
function brokenEvents(): Reader<object> {
  return createReader<object>({
    waiters: { waiting: new Set() },
    hasMore: () => true,
    take: () => Promise.reject(new Error('unreadable')),
    fork: brokenEvents,
    end: () => {},
  })
}

function newSubscriber() {
  const telling = {
    events: brokenEvents(),
    broadcast: createBroadcast(origin, createShelf(1), async () => ''),
    pass: createPass(viewer, { readAt: 0, now: () => 0, lose: () => {} }),
    end: () => {},
  }
  return createSent(telling, { deliver: () => undefined, cut: () => {} })
}

test('one that has failed is told so once, and ends well for whoever completes it then', async () => {
  const subscriber = newSubscriber()
  await expect(subscriber.next()).rejects.toThrow('unreadable')
  expect(await subscriber.return(undefined)).toEqual({ done: true, value: undefined })
})

test('one that is completed before it is asked for anything ends, also for who asks then', async () => {
  const subscriber = newSubscriber()
  const over = { done: true, value: undefined }
  expect(await subscriber.return(undefined)).toEqual(over)
  expect(await subscriber.next()).toEqual(over)
})
