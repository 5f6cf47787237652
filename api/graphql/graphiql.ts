import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { contentSecurityPolicyOf } from './page-security.ts'

const welcome = `# Welcome to Pharos.
#
# Sign up, copy the token into the Headers tab below as
#   { "Authorization": "Bearer <token>" }
# and create a monitor. The book on the left lists everything there is.

mutation SignUp {
  signUp(input: {
    name: "Ada"
    email: "ada@example.com"
    password: "twelve characters or more"
  }) {
    token
  }
}

query WhoAmI {
  viewer {
    name
    memberships {
      role
      workspace {
        name
      }
    }
  }
}
`

type Page = { gzipped: Buffer<ArrayBuffer>; contentSecurityPolicy: string }

/** Made on first demand: it is 9 MB with everything in it, so that it works behind any proxy. */
export function createGraphiqlPage(): () => Promise<Page> {
  let page: Promise<Page> | undefined
  return () => (page ??= renderPage())
}

async function renderPage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL({ title: 'Pharos GraphiQL', defaultQuery: welcome })
  const gzipped = await promisify(gzip)(html)
  return { gzipped, contentSecurityPolicy: contentSecurityPolicyOf(html) }
}
