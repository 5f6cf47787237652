/** The body as far as it goes within the limit; null where it is longer, and then the rest is left. Throws as a stream does. */
export async function readAtMost(
  response: Response,
  byteLimit: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  const isWhole = await readChunks(response, byteLimit, (chunk) => chunks.push(chunk))
  return isWhole ? concatenate(chunks) : null
}

/** Reads at most so many bytes, and tells whether they were all. */
export async function readChunks(
  { body }: Response,
  byteLimit: number,
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  if (!body) return true
  let byteCount = 0
  // Leaving the loop early cancels the stream, and with it the connection.
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    byteCount += chunk.length
    if (byteCount > byteLimit) return false
    take(chunk)
  }
  return true
}

export function concatenate(chunks: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
