import type { LinkMailKind } from './mail.ts'

/** Links that need nothing but a yes: a page with one button takes it. */
export type ConfirmedKind = Extract<LinkMailKind, 'VERIFY_EMAIL' | 'VERIFY_CONTACT'>

type Page = { title: string; text: string; button?: string }

const places = { VERIFY_EMAIL: 'email', VERIFY_CONTACT: 'contact' } satisfies Record<
  ConfirmedKind,
  string
>

const questions = {
  VERIFY_EMAIL: {
    title: 'Is this your address?',
    text: 'Pharos will take the address that the mail went to for yours.',
    button: 'Yes, it is mine',
  },
  VERIFY_CONTACT: {
    title: 'Shall Pharos tell you?',
    text: 'From now on it will mail you when something is down.',
    button: 'Yes, tell me',
  },
} satisfies Record<ConfirmedKind, Page>

const thanks = {
  VERIFY_EMAIL: { title: 'Thank you', text: 'The address is yours now.' },
  VERIFY_CONTACT: { title: 'Thank you', text: 'You will be told when something is down.' },
} satisfies Record<ConfirmedKind, Page>

export function confirmationUrl(publicUrl: string, kind: ConfirmedKind, token: string): string {
  return new URL(`/confirm/${places[kind]}/${token}`, publicUrl).href
}

/** Null for what is no such place. */
export function confirmedKindAt(place: string): ConfirmedKind | null {
  return (Object.keys(places) as ConfirmedKind[]).find((kind) => places[kind] === place) ?? null
}

/** Asks; a yes is posted to the very address of the page. */
export function questionPage(kind: ConfirmedKind): string {
  return pageOf(questions[kind])
}

export function thanksPage(kind: ConfirmedKind): string {
  return pageOf(thanks[kind])
}

export function refusalPage(text: string): string {
  return pageOf({ title: 'That did not work', text })
}

/** Its words are our own: nothing in it is to be escaped. */
function pageOf({ title, text, button }: Page): string {
  const form = button ? `<form method="post"><button>${button}</button></form>` : ''
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <meta name="robots" content="noindex">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <style>
      body { max-width: 28rem; margin: 15vh auto; padding: 0 1.5rem; font: 1.1rem/1.6 system-ui, sans-serif }
      button { padding: .7rem 1.4rem; border: 0; border-radius: 6px; background: #1c2024; color: #fff; font: 600 1.1rem system-ui, sans-serif; cursor: pointer }
      @media (prefers-color-scheme: dark) {
        body { background: #14171a; color: #e6e8ea }
        button { background: #e6e8ea; color: #14171a }
      }
    </style>
  </head>
  <body>
    <h1>${title}</h1>
    <p>${text}</p>
    ${form}
  </body>
</html>
`
}
