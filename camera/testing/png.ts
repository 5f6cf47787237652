import { inflateSync } from 'node:zlib'

export type Decoded = { width: number; height: number; pixel(x: number, y: number): number[] }

/** Reads a PNG of 8-bit RGB or RGBA without interlacing (RFC 2083), as a browser writes it. */
export function decodePng(png: Uint8Array): Decoded {
  const bytes = Buffer.from(png)
  const chunks = chunksOf(bytes)
  const header = chunks.find(({ type }) => type === 'IHDR')!.body
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const channels = header[9] === 6 ? 4 : 3
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body)
  const rows = unfilter(inflateSync(Buffer.concat(packed)), width * channels, channels)
  return {
    width,
    height,
    pixel: (x, y) => [...rows[y]!.subarray(x * channels, x * channels + 3)],
  }
}

function chunksOf(png: Buffer): { type: string; body: Buffer }[] {
  const chunks = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      body: png.subarray(at + 8, at + 8 + length),
    })
    at += length + 12
  }
  return chunks
}

/** RFC 2083 §6: each byte is stored as what it differs from its neighbours. */
function unfilter(raw: Buffer, rowBytes: number, step: number): Buffer[] {
  const rows: Buffer[] = []
  for (let at = 0; at < raw.length; at += rowBytes + 1) {
    const row = Buffer.from(raw.subarray(at + 1, at + 1 + rowBytes))
    const above = rows.at(-1) ?? Buffer.alloc(rowBytes)
    for (let x = 0; x < rowBytes; x++) {
      const left = row[x - step] ?? 0
      const predicted = [
        0,
        left,
        above[x]!,
        (left + above[x]!) >> 1,
        paeth(left, above[x]!, above[x - step] ?? 0),
      ]
      row[x] = row[x]! + predicted[raw[at]!]!
    }
    rows.push(row)
  }
  return rows
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number,
  ]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}
