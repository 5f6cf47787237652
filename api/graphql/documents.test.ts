import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type DocumentNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { createDocuments } from './documents.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const texts = Array.from({ length: 10 }, (_, index) => `{ a${index} }`)

/** Room for three. */
function openDocuments() {
  const documents = createDocuments(3 * texts[0]!.length)
  const ask = (text: string): DocumentNode => {
    const known = documents.get(text)
    if (known) return known
    const document = parse(text)
    documents.set(text, document)
    return document
  }
  return { ask, isKnown: (text: string) => documents.get(text) !== undefined }
}

test('the last that were asked for are kept, and others are not', async () => {
  const { ask, isKnown } = openDocuments()
  for (const text of texts) ask(text)
  await eventually('only three are known', () => {
    collectGarbage()
    return texts.filter(isKnown).length === 3
  })
  expect(texts.filter(isKnown)).toEqual(texts.slice(-3))
})

test('one that somebody holds is the same for whoever asks for it, however much came since', async () => {
  const { ask, isKnown } = openDocuments()
  const [first = '', second = ''] = texts
  const held = ask(first)
  for (const text of texts) ask(text)
  await eventually('others are gone', () => {
    collectGarbage()
    return !isKnown(second)
  })
  expect(ask(first)).toBe(held)
})
