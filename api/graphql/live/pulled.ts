import { Refusal } from '../../refusal.ts'
import type { Rendered } from './broadcast.ts'
import type { Loss } from './pass.ts'
import {
  createEnding,
  type Step,
  type Subscriber,
  subscriberOf,
  type Telling,
  type Told,
} from './subscriber.ts'

/** One who pulls result after result. What ends it is said as the last of them. */
export function createPulled(telling: Telling, lastWordOn: (error: unknown) => string): Subscriber {
  const { events, broadcast, pass } = telling
  const { isOver, finish } = createEnding(() => {
    void events.return?.()
    telling.end()
  })
  let lastWord: string | null = null

  /** Null at the end. */
  async function nextText(): Promise<string | null> {
    const event = await events.next()
    if (event.done || isOver()) return null
    const bytes = await new Promise<Rendered>((resolve) => {
      const rendered = broadcast.render(event.value, resolve)
      if (rendered) resolve(rendered)
    })
    await pass.confirmed()
    return isOver() ? null : bytes.toString()
  }

  async function next(): Promise<Step> {
    const text = isOver() ? null : await nextText().catch(endWith)
    if (text !== null) return told(text)
    const word = lastWord
    lastWord = null
    return word === null ? end() : told(word)
  }

  function endWith(error: unknown): null {
    lastWord = lastWordOn(error)
    finish()
    return null
  }

  async function end(): Promise<IteratorReturnResult<undefined>> {
    finish()
    return { done: true, value: undefined }
  }

  function lose(loss: Loss): void {
    if (!isOver()) endWith(refusalOf(loss))
  }

  return subscriberOf({ next, end, lose })
}

function told(text: string): IteratorYieldResult<Told> {
  return { done: false, value: { stringify: () => text } }
}

function refusalOf(loss: Loss): Refusal {
  return loss === 'GONE'
    ? new Refusal('UNAUTHENTICATED', 'This token has ended or was revoked.')
    : new Refusal('FORBIDDEN', 'What you may see has changed. Subscribe again.')
}
