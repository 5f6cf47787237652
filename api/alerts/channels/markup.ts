import { cut } from '../../outbox/letter.ts'

/** At most this much of a text fits once it is escaped; no escape is cut in two, for the plain text is cut. */
export function escapedWithin(
  text: string,
  escape: (text: string) => string,
  most: number,
): string {
  let length = text.length
  let escaped = escape(text)
  while (escaped.length > most && length > 1) {
    length = Math.floor(length * 0.9)
    escaped = escape(cut(text, length))
  }
  return escaped
}

/** Up to where markup could begin, and without what ends a sentence or a bracket around it. */
const ADDRESS = /((?<![\w@#$/])https?:\/\/(?:(?!\]\()[^\s<>"`*|\\])*[^\s<>"`*|\\.,;:!?'()[\]{}])/i

/** An address that is escaped leads elsewhere: `keep` writes those in a text, and `escape` all around them. */
export function aroundAddresses(
  text: string,
  escape: (text: string) => string,
  keep: (address: string) => string,
): string {
  const isAddress = (index: number) => index % 2 === 1
  const parts = text.split(ADDRESS)
  return parts.map((part, index) => (isAddress(index) ? keep(part) : escape(part))).join('')
}

/** At most so many bytes of UTF-8, no character halved. */
export function cutBytes(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  const mark = '…'
  const bytes = Buffer.from(text).subarray(0, mostBytes - Buffer.byteLength(mark))
  return `${new TextDecoder().decode(bytes).replace(/\ufffd+$/, '')}${mark}`
}

/** Whether a service can fetch it: some refuse the whole message for a picture that they cannot reach. */
export function isFetchable(address: string | null): address is string {
  const url = address === null ? null : URL.parse(address)
  return url?.protocol === 'https:' && /\.[a-z]{2,}$/i.test(url.hostname)
}
