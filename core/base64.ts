/** By what every runtime has: the base64 of Uint8Array itself is younger than Node 22 and many a browser. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** Throws for what is none; padding may be missing. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!BASE64.test(text)) throw new RangeError('this is no base64')
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
