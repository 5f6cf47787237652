import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOutbound } from '../../agent/outbound.ts'
import { policyOf } from '../../agent/testing/request.ts'
import { browserUser } from '../../api/platform/system-user.ts'
import { type Camera, createCamera } from '../camera.ts'

/** The browser is unpacked once for all tests. */
export const BROWSER_DIR = join(tmpdir(), 'pharos-test-browser')

/** A camera that may go to these addresses, with the browser of the packages or with another. */
export function testCamera(cidrs: string, chromiumPath: string | null = null): Camera {
  const outbound = createOutbound({ policy: policyOf(cidrs) })
  return createCamera({ outbound, chromiumPath, dataDir: BROWSER_DIR, user: browserUser })
}
