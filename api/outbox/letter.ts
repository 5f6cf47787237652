/** What a mail says, before it is text or HTML. */
export type Letter = {
  heading: string
  /** What happened, in one sentence. */
  lead: string
  facts: readonly Fact[]
  /** A list of whatever length. */
  lines?: readonly string[]
  link: { label: string; url: string }
  /** Why this person gets this mail. */
  footer: string
}

export type Fact = { label: string; value: string }

/** Text that is safe in HTML: only `html` makes it. */
type Markup = { readonly markup: string }

/** The one layout of all mails, as text and as HTML of the same content. */
export function layOut(letter: Letter): { text: string; html: string } {
  return { text: asText(letter), html: asHtml(letter).markup }
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

function asText({ heading, lead, facts, lines = [], link, footer }: Letter): string {
  const width = Math.max(0, ...facts.map((fact) => fact.label.length)) + 2
  const rows = facts.map(({ label, value }) => `${`${label}:`.padEnd(width)}${value}`)
  const where = `${link.label}: ${link.url}`
  const parts = [heading, lead, rows.join('\n'), lines.join('\n'), where, `-- \n${footer}`]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function asHtml({ heading, lead, facts, lines = [], link, footer }: Letter): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${heading}</title>
      </head>
      <body
        style="margin:0;padding:24px;background:#f4f5f7;color:#1c2024;font:16px/1.5 system-ui,sans-serif"
      >
        <div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
          <h1 style="margin:0 0 12px;font-size:20px"><bdi>${heading}</bdi></h1>
          <p style="margin:0 0 16px;white-space:pre-line"><bdi>${lead}</bdi></p>
          <table role="presentation" style="border-collapse:collapse;margin:0 0 20px">
            ${facts.map(row)}
          </table>
          ${lines.length === 0 ? '' : list(lines)}
          <p style="margin:0 0 20px">
            <a href="${link.url}" style="color:#0b5cad">${link.label}</a>
          </p>
          <p style="margin:0;font-size:13px;color:#60646c">${footer}</p>
        </div>
      </body>
    </html> `
}

function list(lines: readonly string[]): Markup {
  const style = 'margin:0 0 20px;white-space:pre-line;unicode-bidi:plaintext'
  return html`<p style="${style}">${lines.join('\n')}</p>`
}

function row({ label, value }: Fact): Markup {
  return html`<tr>
    <th
      style="padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:600;white-space:nowrap"
    >
      ${label}
    </th>
    <td style="padding:2px 0;overflow-wrap:anywhere"><bdi>${value}</bdi></td>
  </tr>`
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
