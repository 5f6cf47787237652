import { PUBLIC } from '../../agent/testing/forbidden-names.ts'
import { testCamera } from './camera.ts'

/** Pictures a page that never answers, until somebody kills this process. */
const [url = ''] = process.argv.slice(2)
await testCamera(PUBLIC).take({ url, verifyTls: true }, new AbortController().signal)
