/** How many servers listen here. A port that is let go may be somebody else's in the next moment: it cannot tell. */
export function serversListening(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length
}
