import type { PostRequest } from '../../../agent/post.ts'

export function jsonPost(
  url: string | URL,
  message: object,
  headers: PostRequest['headers'] = {},
): PostRequest {
  return {
    url: new URL(url),
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(message),
  }
}
