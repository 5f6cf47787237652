import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type GraphiqlPage = { gzipped: Uint8Array<ArrayBuffer>; contentSecurityPolicy: string }

/** Made on first demand, and kept. */
export function createGraphiqlPage(): () => Promise<GraphiqlPage> {
  let page: Promise<GraphiqlPage> | undefined
  return () => {
    page ??= renderPage().catch((error: unknown) => {
      page = undefined
      throw error
    })
    return page
  }
}

/** In a thread of its own: the page is 9 MB with everything in it, and what makes it 60 MB. */
async function renderPage(): Promise<GraphiqlPage> {
  const worker = new Worker(new URL('./graphiql-worker.ts', import.meta.url))
  const [page] = await once(worker, 'message')
  return page
}
