export const WIDTH = 1280
export const HEIGHT = 800

const MAX_SCRIPT_HEAP_MB = 256
const MAX_CACHE_BYTES = 32 * 1024 * 1024

/** Whatever a page tries goes through the proxy or nowhere. */
const CONFINED = [
  // Without it Chromium reaches loopback and link-local past every proxy.
  '--proxy-bypass-list=<-loopback>',
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  // The proxy resolves; a name asked here would leave by DNS.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-features=AsyncDns,DialMediaRouteProvider,MediaRouter,OptimizationHints,Translate',
  '--block-new-web-contents',
  '--deny-permission-prompts',
]

/** Nothing that the browser would do on its own account. */
const QUIET = [
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-update',
  '--disable-crash-reporter',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-sync',
  '--metrics-recording-only',
  '--mute-audio',
  '--no-default-browser-check',
  '--no-first-run',
  '--no-pings',
  '--password-store=basic',
]

const FRUGAL = [
  '--disable-dev-shm-usage',
  '--disable-gpu',
  `--disk-cache-size=${MAX_CACHE_BYTES}`,
  `--js-flags=--max-old-space-size=${MAX_SCRIPT_HEAP_MB}`,
]

/** Nobody turns the sandbox off here: where it cannot be had, Chromium ends, and there is no picture. */
export function flagsOf(profile: string, proxyPort: number): string[] {
  return [
    '--headless',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    `--proxy-server=http://127.0.0.1:${proxyPort}`,
    ...CONFINED,
    ...QUIET,
    ...FRUGAL,
    '--hide-scrollbars',
    `--window-size=${WIDTH},${HEIGHT}`,
    'about:blank',
  ]
}
