import { expect, test } from 'vitest'
import {
  createReader,
  type Reader,
  wakeAll,
  type Waiters,
} from '../../platform/following/reader.ts'
import type { Rendered } from './broadcast.ts'
import { createTail, type Rider } from './tail.ts'

type Event = { number: number }

/** Events that come when they are told to, and are rendered when `renderAll` says so; at once with `isKnown`. */
function stage({ isKnown = true } = {}) {
  const feed: Waiters & { events: Event[] } = { waiting: new Set(), events: [] }
  const rendering: (() => void)[] = []
  let readers = 0

  function open(from = feed.events.length): Reader<object> {
    let position = from
    readers += 1
    return createReader<Event>({
      waiters: feed,
      hasMore: () => position < feed.events.length,
      take: () => feed.events[position++]!,
      fork: () => open(position) as Reader<Event>,
      end: () => void (readers -= 1),
    })
  }

  const tail = createTail((event, listener) => {
    const rendered: Rendered = Buffer.from(String((event as Event).number))
    if (isKnown) return rendered
    rendering.push(() => listener(rendered))
    return undefined
  })

  return {
    tail,
    open,
    readers: () => readers,
    come() {
      feed.events.push({ number: feed.events.length + 1 })
      wakeAll(feed)
    },
    renderAll: () => rendering.splice(0).forEach((render) => render()),
  }
}

function newRider(fails = false): Rider & { heard: string[]; failures: unknown[] } {
  const heard: string[] = []
  const failures: unknown[] = []
  return {
    heard,
    failures,
    tell(rendered) {
      if (fails) throw new Error('no more')
      heard.push(rendered.toString())
    },
    fail: (error) => void failures.push(error),
  }
}

const never = () => expect.unreachable()

test('all riders are told by one reader, from where they joined', () => {
  const { tail, open, readers, come } = stage()
  const [first, second] = [newRider(), newRider()]
  expect(tail.join(first, open(), never)).toBe(true)
  come()
  expect(tail.join(second, open(), never)).toBe(true)
  come()
  expect([first.heard, second.heard]).toEqual([['1', '2'], ['2']])
  expect(readers()).toBe(1)
})

test('who comes while an event is under way, and has read it already, joins at the next rest', () => {
  const { tail, open, come, renderAll } = stage({ isKnown: false })
  const [first, late] = [newRider(), newRider()]
  tail.join(first, open(), never)
  come()
  const own = open()
  let isAsked = false
  const ask = () => {
    isAsked = tail.join(late, own, never)
  }
  expect(tail.join(late, own, ask)).toBe(false)
  expect(isAsked).toBe(false)
  renderAll()
  expect(isAsked).toBe(true)
  come()
  renderAll()
  expect([first.heard, late.heard]).toEqual([['1', '2'], ['2']])
})

test('events that come while one is under way are told after it', () => {
  const { tail, open, come, renderAll } = stage({ isKnown: false })
  const rider = newRider()
  tail.join(rider, open(), never)
  come()
  come()
  renderAll()
  renderAll()
  expect(rider.heard).toEqual(['1', '2'])
})

test('who leaves goes on behind what they were told last', () => {
  const { tail, open, come } = stage()
  const rider = newRider()
  let own: Reader<object> | null = null
  tail.join(
    {
      ...rider,
      tell(rendered) {
        rider.tell(rendered)
        own = tail.fork()
      },
    },
    open(),
    never,
  )
  come()
  come()
  expect(own!.takeReady()).toBeUndefined()
  expect(rider.heard).toEqual(['1', '2'])
})

test('what one rider throws is its own failure', () => {
  const { tail, open, come } = stage()
  const [good, bad] = [newRider(), newRider(true)]
  tail.join(bad, open(), never)
  tail.join(good, open(), never)
  come()
  expect([good.heard, bad.failures]).toEqual([['1'], [new Error('no more')]])
})

test('its end leaves no reader behind', () => {
  const { tail, open, readers } = stage()
  tail.join(newRider(), open(), never)
  tail.end()
  expect(readers()).toBe(0)
})
