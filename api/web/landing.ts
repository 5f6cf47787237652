/** What a browser finds at the root while there is no dashboard. */
export const landingPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Pharos</title>
    <link rel="icon" href="data:,">
    <style>
      body { max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem; font: 1.1rem/1.6 system-ui, sans-serif }
      @media (prefers-color-scheme: dark) { body { background: #14171a; color: #e6e8ea } a { color: #7ab7ff } }
    </style>
  </head>
  <body>
    <h1>Pharos</h1>
    <p>Watches websites and APIs, decides whether something is really down, and tells the right people once.</p>
    <ul>
      <li><a href="/graphql">GraphiQL</a>: try the API, with its documentation beside it</li>
      <li><a href="/schema.graphql">schema.graphql</a>: the whole contract</li>
      <li><a href="/readyz">readyz</a>: whether everything runs on time</li>
    </ul>
  </body>
</html>
`
