/** Where a page comes from that opens a socket; a program that is no browser says nothing of it. */
export type Origin = 'OWN' | 'ALLOWED' | 'NONE' | 'FOREIGN'

/** No CORS stands before a WebSocket: any page may open one, and whether it gets it is up to us. */
export function judgeOrigin(
  origin: string | undefined,
  { publicUrl, corsOrigins }: { publicUrl: string; corsOrigins: readonly string[] },
): Origin {
  if (origin === undefined) return 'NONE'
  if (origin === new URL(publicUrl).origin) return 'OWN'
  return corsOrigins.includes(origin) ? 'ALLOWED' : 'FOREIGN'
}
