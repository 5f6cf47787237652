import { expect, test } from 'vitest'
import { parseHosts } from './hosts.ts'

test.each([
  ['a name has the address of its line', '10.0.0.1 db', 'db', ['10.0.0.1']],
  ['a line may name several', '10.0.0.1\tdb  db.internal', 'db.internal', ['10.0.0.1']],
  ['case does not matter', '10.0.0.1 DB', 'db', ['10.0.0.1']],
  ['lines add up', '10.0.0.1 db\nfd00::1 db', 'db', ['10.0.0.1', 'fd00::1']],
  ['comments are left out', '#10.0.0.1 db\n10.0.0.2 db # 10.0.0.3 db', 'db', ['10.0.0.2']],
  ['what is no address is left out', 'ten.zero db\n\n', 'db', undefined],
  ['localhost is known without a file', '', 'localhost', ['127.0.0.1', '::1']],
  ['localhost is what the file says', '127.0.0.1 localhost', 'localhost', ['127.0.0.1']],
])('%s', (_, text, name, expected) => {
  expect(parseHosts(text).get(name)).toEqual(expected)
})
