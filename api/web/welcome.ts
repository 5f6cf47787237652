/** What GraphiQL opens with. */
export const welcome = `# Welcome to Pharos.
#
# Put the cursor into an operation and press play.
# Signing up signs this browser in. A program sends
# the token as "Authorization: Bearer <token>".
# The book on the left lists all there is.

mutation SignUp {
  signUp(input: {
    name: "Ada"
    email: "ada@example.com"
    password: "twelve characters or more"
  }) {
    token
  }
}

mutation Watch {
  createMonitor(input: {
    name: "Example"
    kind: HTTP
    target: "https://example.com/"
    intervalSeconds: 30
  }) {
    monitor { id }
  }
}

query Look {
  viewer { name }
  monitors(first: 20) {
    nodes {
      name
      status
      uptime { ratio }
      checks(first: 3) { nodes { outcome latencyMs } }
    }
  }
}
`
