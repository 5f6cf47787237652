import { Refusal } from '../../refusal.ts'
import type { Outlet } from './outlet.ts'
import type { Loss } from './pass.ts'

/** A result that is text already, as Yoga takes it. */
export type Told = { stringify(): string }

type Telling = {
  events: AsyncIterator<object, unknown>
  render(event: object): string | Promise<string>
  /** A promise where the right to be told has to be confirmed first. */
  confirmed(): Promise<void> | undefined
  /** Without one, each result is pulled. */
  outlet: Outlet | undefined
  /** How a reader that pulls is told what ended it. */
  lastWordOn(error: unknown): string
  /** Called once. */
  end(): void
}

type Step = IteratorResult<Told, undefined>

export type Subscriber = AsyncGenerator<Told, undefined> & {
  /** Ends it, since they may no longer be told. */
  lose(loss: Loss): void
}

/**
 * One who is told what happens, in order and at their own pace: the next event is asked for once the one
 * before is out, and nothing is queued. With an outlet everything is sent from within the first `next`.
 */
export function createSubscriber(telling: Telling): Subscriber {
  const { events, outlet } = telling
  let isOver = false
  let lastWord: string | null = null

  function finish(): { done: true; value: undefined } {
    if (!isOver) {
      isOver = true
      void events.return?.()
      telling.end()
    }
    return { done: true, value: undefined }
  }

  /** Null at the end. */
  async function nextText(): Promise<string | null> {
    const event = await events.next()
    if (event.done || isOver) return null
    const rendering = telling.render(event.value)
    const text = typeof rendering === 'string' ? rendering : await rendering
    const confirming = telling.confirmed()
    if (confirming) await confirming
    return isOver ? null : text
  }

  async function sendAll({ deliver }: Outlet): Promise<Step> {
    try {
      for (let text = await nextText(); text !== null; text = await nextText()) {
        const delivering = deliver(text)
        if (delivering) await delivering
      }
    } finally {
      finish()
    }
    return finish()
  }

  async function pull(): Promise<Step> {
    const text = isOver ? null : await nextText().catch(endWith)
    if (text !== null) return told(text)
    finish()
    const word = lastWord
    lastWord = null
    return word === null ? finish() : told(word)
  }

  function endWith(end: unknown): null {
    lastWord = telling.lastWordOn(end)
    return null
  }

  return {
    next: () => (outlet ? sendAll(outlet) : pull()),
    return: async () => finish(),
    throw: async () => finish(),
    lose(loss) {
      if (isOver) return
      if (outlet) outlet.cut(loss)
      else endWith(lossRefusal(loss))
      finish()
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      finish()
    },
  }
}

function told(text: string): Step {
  return { done: false, value: { stringify: () => text } }
}

function lossRefusal(loss: Loss): Refusal {
  return loss === 'GONE'
    ? new Refusal('UNAUTHENTICATED', 'This token has ended or was revoked.')
    : new Refusal('FORBIDDEN', 'What you may see has changed. Subscribe again.')
}
