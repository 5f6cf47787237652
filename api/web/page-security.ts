import { createHash } from 'node:crypto'

/** What a page of ours may do: run the very scripts that are in it, and talk to this server only. */
export function contentSecurityPolicyOf(html: string, { hasForm = false } = {}): string {
  const hashes = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script = '']) => {
    return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
  })
  return [
    "default-src 'none'",
    `script-src ${hashes.length > 0 ? hashes.join(' ') : "'none'"}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    'worker-src blob:',
    "base-uri 'none'",
    `form-action ${hasForm ? "'self'" : "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; ')
}
