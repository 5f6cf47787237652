/** Ways in which a page may reach an address; each asks for `/<its name>` there. HOST is replaced. */
const MARKUP: Record<string, string> = {
  image: '<img src="http://HOST/image">',
  'image after a redirect': '<img src="/redirect?to=http://HOST/image-after-a-redirect">',
  script: '<script src="http://HOST/script"></script>',
  stylesheet: '<link rel="stylesheet" href="http://HOST/stylesheet">',
  'url of a style': '<div style="background: url(http://HOST/url-of-a-style)">x</div>',
  font: '<style>@font-face { font-family: F; src: url(http://HOST/font) }</style><p style="font-family: F">x</p>',
  frame: '<iframe src="http://HOST/frame"></iframe>',
  'frame after a meta refresh':
    '<iframe src="/refresh?to=http://HOST/frame-after-a-meta-refresh"></iframe>',
  'frame after a redirect':
    '<iframe src="/redirect?to=http://HOST/frame-after-a-redirect"></iframe>',
  object: '<object data="http://HOST/object"></object>',
  video: '<video src="http://HOST/video" autoplay muted></video>',
  prefetch: '<link rel="prefetch" href="http://HOST/prefetch">',
  preconnect: '<link rel="preconnect" href="http://HOST/">',
  'module preload': '<link rel="modulepreload" href="http://HOST/module-preload">',
}

const SCRIPT: Record<string, string> = {
  fetch: "fetch('http://HOST/fetch', { mode: 'no-cors' }).catch(() => {})",
  request:
    "const asked = new XMLHttpRequest(); asked.open('GET', 'http://HOST/request'); asked.send()",
  'web socket': "new WebSocket('ws://HOST/web-socket')",
  'event source': "new EventSource('http://HOST/event-source')",
  beacon: "navigator.sendBeacon('http://HOST/beacon', 'x')",
  form: `document.body.insertAdjacentHTML('beforeend',
    '<iframe name="HOST"></iframe><form id="f HOST" method="post" target="HOST" action="http://HOST/form"></form>');
    document.getElementById('f HOST').submit()`,
  'new window': "window.open('http://HOST/new-window')",
  import: "import('http://HOST/import').catch(() => {})",
  worker: `new Worker(URL.createObjectURL(new Blob(["fetch('http://HOST/worker', { mode: 'no-cors' })"])))`,
  'service worker':
    "navigator.serviceWorker?.register('/service-worker.js?to=http://HOST/service-worker')",
  'WebRTC over UDP': "gather('stun:HOST')",
  'WebRTC over TCP': "gather('turn:HOST?transport=tcp')",
  'web transport': "new WebTransport('https://HOST/web-transport').ready.catch(() => {})",
}

export const WAYS = [...Object.keys(MARKUP), ...Object.keys(SCRIPT)]

const GATHER = `function gather(url) {
  const peer = new RTCPeerConnection({ iceServers: [{ urls: url, username: 'x', credential: 'x' }] })
  peer.createDataChannel('x')
  peer.createOffer().then((offer) => peer.setLocalDescription(offer))
}`

/** A page that tries every way to each of the hosts (with their ports). */
export function hostilePage(hosts: string[]): string {
  const markup = hosts.flatMap((host) => Object.values(MARKUP).map((one) => at(host, one)))
  const script = hosts.flatMap((host) =>
    Object.values(SCRIPT).map((one) => `try { ${at(host, one)} } catch {}`),
  )
  return `<!doctype html><title>Hostile</title><body>${markup.join('\n')}
    <script>${GATHER}\n${script.map((one) => `{ ${one} }`).join('\n')}</script>`
}

function at(host: string, way: string): string {
  return way.replaceAll('HOST', host)
}
