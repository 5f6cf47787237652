import type { v2 } from 'cloudinary'
import type { Log } from './log.ts'
import { type Media, newMediaName } from './media.ts'

const FOLDER = 'pharos'
const CALL_LIMIT_MS = 20_000

type Account = {
  cloud_name: string
  api_key: string
  api_secret: string
  upload_prefix?: string
}

/** Pictures at Cloudinary, uploaded by requests that its SDK signs. `url` is cloudinary://key:secret@cloud. */
export function createCloudinary(url: string, log: Log): Media {
  const account = accountOf(new URL(url))
  return {
    async keep(png) {
      const name = newMediaName()
      try {
        return { name, url: await upload(account, name, png) }
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'a picture could not be uploaded')
        return null
      }
    },
    async remove(name) {
      const { uploader } = await loadSdk()
      const options = { ...account, invalidate: true, timeout: CALL_LIMIT_MS }
      await uploader.destroy(publicId(name), options).catch((error: unknown) => {
        log.warn({ reason: reasonOf(error), name }, 'a picture could not be removed')
      })
    },
    namesOlderThan: async () => [],
    read: async () => null,
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
    timeout: CALL_LIMIT_MS,
  } as const
  return new Promise((resolve, reject) => {
    const stream = uploader.upload_stream(options, (error, result) => {
      if (result) resolve(result.secure_url)
      else reject(error ?? new Error('no answer'))
    })
    stream.end(png)
  })
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
