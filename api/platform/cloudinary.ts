import { addAbortListener } from 'node:events'
import type { v2 } from 'cloudinary'
import type { Log } from './log.ts'
import { KEEP_LIMIT_MS, type Shelf } from './media.ts'

const FOLDER = 'pharos'

type Account = {
  cloud_name: string
  api_key: string
  api_secret: string
  upload_prefix?: string
}

/** Pictures at Cloudinary, uploaded by requests that its SDK signs. `url` is cloudinary://key:secret@cloud. */
export function createCloudinary(url: string, log: Log): Shelf {
  const account = accountOf(new URL(url))
  return {
    place: `cloudinary/${account.cloud_name}`,
    async keep(name, png, signal) {
      try {
        return await within(signal, upload(account, name, png))
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'a picture could not be uploaded')
        return null
      }
    },
    async remove(name, signal) {
      try {
        await within(signal, destroy(account, name))
        return true
      } catch (error) {
        log.warn({ reason: reasonOf(error), name }, 'a picture could not be removed')
        return false
      }
    },
  }
}

/** As the SDK reads the variable itself; further settings follow a question mark. */
function accountOf({ hostname, username, password, searchParams }: URL): Account {
  return {
    cloud_name: hostname,
    api_key: decodeURIComponent(username),
    api_secret: decodeURIComponent(password),
    ...Object.fromEntries(searchParams),
  }
}

async function upload(account: Account, name: string, png: Uint8Array): Promise<string> {
  const { uploader } = await loadSdk()
  const options = {
    ...account,
    public_id: publicId(name),
    resource_type: 'image',
    timeout: KEEP_LIMIT_MS,
  } as const
  return new Promise((resolve, reject) => {
    const stream = uploader.upload_stream(options, (error, result) => {
      if (result) resolve(result.secure_url)
      else reject(error ?? new Error('no answer'))
    })
    stream.end(png)
  })
}

async function destroy(account: Account, name: string): Promise<void> {
  const { uploader } = await loadSdk()
  const options = { ...account, invalidate: true, timeout: KEEP_LIMIT_MS }
  await uploader.destroy(publicId(name), options)
}

/** The SDK can be told to end neither when we stop nor after so long in all: then it is waited for no more. */
async function within<T>(signal: AbortSignal, call: Promise<T>): Promise<T> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(KEEP_LIMIT_MS)])
  const { promise, reject } = Promise.withResolvers<never>()
  using _ = addAbortListener(end, () => reject(end.reason))
  return await Promise.race([call, promise])
}

function publicId(name: string): string {
  return `${FOLDER}/${name.replace(/\.png$/, '')}`
}

/** The SDK's errors are plain objects. */
function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : 'unknown'
}

/** Loaded when there is something to upload: it reads the environment as it loads. */
async function loadSdk(): Promise<typeof v2> {
  return (await import('cloudinary')).v2
}
