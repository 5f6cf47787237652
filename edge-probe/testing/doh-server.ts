import http from 'node:http'
import dnsPacket from 'dns-packet'
import { start } from '../../agent/testing/target.ts'

/** Answers of a name, a response code, or silence. */
export type Said = { answers?: dnsPacket.Answer[]; code?: number } | 'SILENCE'

/** A DNS server over HTTPS (RFC 8484), less the S. */
export async function startDohServer(say: (question: dnsPacket.Question) => Said) {
  const questions: dnsPacket.Question[] = []
  const server = http.createServer(async (request, response) => {
    const query = dnsPacket.decode(Buffer.concat(await request.toArray()))
    const [question] = query.questions ?? []
    if (!question) return response.writeHead(400).end()
    questions.push(question)
    const said = say(question)
    if (said === 'SILENCE') return
    response.writeHead(200, { 'content-type': 'application/dns-message' })
    response.end(encode(question, said))
  })
  const target = await start(server)
  return {
    url: `${target.url}/dns-query`,
    questions,
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  }
}

function encode(question: dnsPacket.Question, { answers = [], code = 0 }: Exclude<Said, string>) {
  return dnsPacket.encode({ type: 'response', id: 0, flags: code, questions: [question], answers })
}
