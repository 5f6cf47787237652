import { createOutbound } from '../../agent/outbound.ts'
import { policyOf } from '../../agent/testing/request.ts'
import { browserUser } from '../../api/platform/system-user.ts'
import { type Camera, createCamera } from '../camera.ts'
import { createPlace } from '../place.ts'

/** The browser is unpacked once for all tests. */
export const BROWSER_DIR = `/var/tmp/pharos-test-${process.getuid?.()}`

/** A camera that may go to these addresses, with the browser of the packages or with another. */
export function testCamera(cidrs: string, chromiumPath: string | null = null): Camera {
  const outbound = createOutbound({ policy: policyOf(cidrs) })
  return createCamera({ outbound, chromiumPath, dataDir: BROWSER_DIR, user: browserUser })
}

export async function unpackedBrowser(): Promise<string> {
  const { find } = createPlace({ chromiumPath: null, dataDir: BROWSER_DIR })
  const place = await find(null, new AbortController().signal)
  if (!place) throw new Error('These tests need a Chromium: they run on Linux on x64')
  return place.path
}
