/** FIN and opcode 1: a whole message of text (RFC 6455, 5.2). A server's frames are not masked. */
const WHOLE_TEXT = 0x81
/** Longest that fits into 7 bits, and into the 16 bits that the value behind it announces. */
const SHORT = 125
const MEDIUM = 65_535

/** One frame out of bytes that lie apart: ws would encode and write them anew for each socket. */
export function textFrame(before: Buffer, middle: Buffer, after: Buffer): Buffer {
  const length = before.length + middle.length + after.length
  const start = length <= SHORT ? 2 : length <= MEDIUM ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = WHOLE_TEXT
  writeLength(frame, length)
  frame.set(before, start)
  frame.set(middle, start + before.length)
  frame.set(after, start + before.length + middle.length)
  return frame
}

function writeLength(frame: Buffer, length: number): void {
  if (length <= SHORT) frame[1] = length
  else if (length <= MEDIUM) {
    frame[1] = SHORT + 1
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = SHORT + 2
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
}
