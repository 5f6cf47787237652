/** What a mail says, before it is text or HTML. */
export type Letter = {
  heading: string
  /** What happened, in one sentence. */
  lead: string
  facts: readonly Fact[]
  /** A list of whatever length. */
  lines?: readonly string[]
  /** The first is what to do next. */
  links: readonly [Link, ...Link[]]
  /** A picture that any reader may fetch. */
  imageUrl?: string | null
  /** Why this person gets this mail. */
  footer: string
  /** What tells good from bad at a glance, as CSS has it. */
  color?: string
}

export type Link = { label: string; url: string }

export type Fact = { label: string; value: string }

/** Text that is safe in HTML: only `html` makes it. */
type Markup = { readonly markup: string }

/** The one layout of all mails, as text and as HTML of the same content. */
export function layOut(letter: Letter): { text: string; html: string } {
  return { text: asText(letter), html: asHtml(letter).markup }
}

const NEUTRAL = '#60646c'

/** What cannot stand beside an element: a phone's width, and a reader that is dark. */
const STYLE: Markup = {
  markup: `
    @media (max-width: 480px) {
      .page { padding: 0 !important }
      .card { padding: 20px 16px !important; border-radius: 0 !important }
      .fact { display: block !important; padding: 0 !important }
      td.fact { padding-bottom: 10px !important }
    }
    @media (prefers-color-scheme: dark) {
      .page { background: #111315 !important; color: #e8eaed !important }
      .card { background: #1d2023 !important }
      .quiet { color: #a2a8b0 !important }
      .button { background: #e8eaed !important; color: #111315 !important }
      .link { color: #7ab7ff !important }
    }`,
}

/** Marks that turn the direction of the text around them, or that nobody sees. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

/** One line of what a user wrote, without control characters, in at most `most` UTF-16 units. */
export function oneLine(text: string, most: number): string {
  const plain = text
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return cut(plain, most)
}

/** As `oneLine`, of every line. */
export function plainText(text: string, most: number): string {
  const lines = text.split(/\r\n?|\n/).map((line) => oneLine(line, most))
  return cut(lines.join('\n').trim(), most)
}

/** At most `most` UTF-16 units, no character halved, and a mark where something is missing. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function asText({ heading, lead, facts, lines = [], links, footer }: Letter): string {
  const width = Math.max(0, ...facts.map((fact) => fact.label.length)) + 2
  const rows = facts.map(({ label, value }) => `${`${label}:`.padEnd(width)}${value}`)
  const where = links.map(({ label, url }) => `${label}: ${url}`)
  const parts = [heading, lead, rows.join('\n'), lines.join('\n'), where.join('\n')]
  return `${[...parts, `-- \n${footer}`].filter((part) => part !== '').join('\n\n')}\n`
}

function asHtml({ heading, lead, facts, lines = [], footer, color = NEUTRAL, ...rest }: Letter) {
  const { links, imageUrl } = rest
  const [first, ...others] = links
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${heading}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body
        class="page"
        style="margin:0;padding:24px 12px;background:#f4f5f7;color:#1c2024;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
      >
        <div
          class="card"
          style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-top:4px solid ${color};border-radius:6px"
        >
          <h1 style="margin:0 0 8px;font-size:22px;line-height:1.25;overflow-wrap:anywhere">
            <bdi>${heading}</bdi>
          </h1>
          <p style="margin:0 0 20px;overflow-wrap:anywhere">
            <bdi style="white-space:pre-line">${lead}</bdi>
          </p>
          ${facts.length === 0 ? '' : table(facts)} ${lines.length === 0 ? '' : list(lines)}
          ${imageUrl ? picture(imageUrl) : ''}
          <p style="margin:0 0 24px">${button(first)} ${others.map(plainLink)}</p>
          <p class="quiet" style="margin:0;font-size:13px;color:#60646c;overflow-wrap:anywhere">
            ${footer}
          </p>
        </div>
      </body>
    </html> `
}

function table(facts: readonly Fact[]): Markup {
  return html`<table
    role="presentation"
    style="width:100%;border-collapse:collapse;margin:0 0 24px;font-size:15px"
  >
    ${facts.map(row)}
  </table>`
}

function row({ label, value }: Fact): Markup {
  return html`<tr>
    <th
      class="fact quiet"
      style="padding:6px 16px 6px 0;text-align:left;vertical-align:top;font-weight:400;color:#60646c;white-space:nowrap"
    >
      ${label}
    </th>
    <td class="fact" style="width:100%;padding:6px 0;overflow-wrap:anywhere">
      <bdi>${value}</bdi>
    </td>
  </tr>`
}

function list(lines: readonly string[]): Markup {
  return html`<div style="margin:0 0 24px;font-size:15px;overflow-wrap:anywhere">
    ${lines.map(line)}
  </div>`
}

function line(text: string): Markup {
  return html`<div style="padding:4px 0"><bdi>${text}</bdi></div>`
}

function picture(address: string): Markup {
  return html`<p style="margin:0 0 24px">
    <a href="${address}"
      ><img
        src="${address}"
        alt="What the page looked like"
        style="display:block;width:100%;border:1px solid #d5d8dc;border-radius:4px"
    /></a>
  </p>`
}

function button({ label, url }: Link): Markup {
  return html`<a
    class="button"
    href="${url}"
    style="display:inline-block;margin-right:16px;padding:10px 18px;border-radius:6px;background:#1c2024;color:#fff;font-weight:600;text-decoration:none"
    >${label}</a
  >`
}

function plainLink({ label, url }: Link): Markup {
  return html`<a
    class="link"
    href="${url}"
    style="display:inline-block;padding:10px 0;color:#0b5cad"
    >${label}</a
  >`
}

/** Escapes every value it is given, except markup made by itself. */
function html(parts: TemplateStringsArray, ...values: (string | Markup | Markup[])[]): Markup {
  return { markup: String.raw({ raw: parts }, ...values.map(escape)) }
}

function escape(value: string | Markup | Markup[]): string {
  if (Array.isArray(value)) return value.map(escape).join('')
  if (typeof value !== 'string') return value.markup
  return value.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
