import { Lexer, type Token, type Tokens } from "marked"
import type { ComponentChildren } from "preact"
import { useMemo } from "preact/hooks"
import { clean } from "./text.ts"

/** Longer texts are shown as they stand: what makes sense of markdown may take its time over them. */
const longest = 20_000
/** Deeper nesting is shown as it stands. */
const deepest = 10

/**
 * Markdown of somebody else as elements. It is read into tokens and each known one becomes an element of ours, so there
 * is no HTML that could be made to run. Links go to the web and to mail alone. Pictures are links: showing them would
 * tell their server who reads this.
 */
export const Markdown = ({ text }: { readonly text: string }) => {
  const tokens = useMemo(() => tokensOf(clean(text)), [text])
  return (
    <div class="prose" dir="auto">
      {tokens === null ? <p class="plain">{clean(text)}</p> : <Blocks tokens={tokens} depth={0} />}
    </div>
  )
}

const tokensOf = (text: string): ReadonlyArray<Token> | null => {
  // Marks that open a level one by one are what makes readers of markdown slow.
  if (text.length > longest || /(?:[>[*_(`~!\\] *){60}/.test(text) || / {200}/.test(text)) return null
  try {
    return new Lexer({ gfm: true, breaks: true }).lex(text)
  } catch {
    return null
  }
}

interface Nested {
  readonly tokens: ReadonlyArray<Token> | undefined
  readonly depth: number
}

const Blocks = ({ depth, tokens = [] }: Nested) => <>{tokens.map((token) => block(token as Known, depth + 1))}</>
const Inline = ({ depth, tokens = [] }: Nested) => <>{tokens.map((token) => inline(token as Known, depth + 1))}</>

type Known =
  | Tokens.Heading
  | Tokens.Paragraph
  | Tokens.Text
  | Tokens.List
  | Tokens.Code
  | Tokens.Blockquote
  | Tokens.Table
  | Tokens.Hr
  | Tokens.Space
  | Tokens.HTML
  | Tokens.Def
  | Tokens.Link
  | Tokens.Image
  | Tokens.Strong
  | Tokens.Em
  | Tokens.Del
  | Tokens.Codespan
  | Tokens.Br
  | Tokens.Escape

const block = (token: Known, depth: number): ComponentChildren => {
  if (depth > deepest) return <p class="plain">{token.raw}</p>
  switch (token.type) {
    case "space":
    case "def":
      return null
    case "hr":
      return <hr />
    case "heading":
      // The page has headings of its own above it.
      return (
        <p class={`h h${Math.min(token.depth, 4)}`}>
          <Inline tokens={token.tokens} depth={depth} />
        </p>
      )
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      )
    case "blockquote":
      return (
        <blockquote>
          <Blocks tokens={token.tokens} depth={depth} />
        </blockquote>
      )
    case "list": {
      const items = token.items.map((item: Tokens.ListItem) => (
        <li>
          {item.task ? <span aria-label={item.checked ? "Done" : "Not done"}>{item.checked ? "☑ " : "☐ "}</span> : null}
          <Blocks tokens={item.tokens.filter(({ type }) => type !== "checkbox")} depth={depth} />
        </li>
      ))
      return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>
    }
    case "table":
      return (
        <div class="wide" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {token.header.map((cell: Tokens.TableCell) => (
                  <th>
                    <Inline tokens={cell.tokens} depth={depth} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {token.rows.map((row: ReadonlyArray<Tokens.TableCell>) => (
                <tr>
                  {row.map((cell) => (
                    <td>
                      <Inline tokens={cell.tokens} depth={depth} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    case "paragraph":
      return (
        <p>
          <Inline tokens={token.tokens} depth={depth} />
        </p>
      )
    case "html":
      return <p class="plain">{token.raw}</p>
    default:
      return inline(token, depth)
  }
}

const inline = (token: Known, depth: number): ComponentChildren => {
  if (depth > deepest) return token.raw
  switch (token.type) {
    case "strong":
      return (
        <strong>
          <Inline tokens={token.tokens} depth={depth} />
        </strong>
      )
    case "em":
      return (
        <em>
          <Inline tokens={token.tokens} depth={depth} />
        </em>
      )
    case "del":
      return (
        <del>
          <Inline tokens={token.tokens} depth={depth} />
        </del>
      )
    case "codespan":
      return <code>{token.text}</code>
    case "br":
      return <br />
    case "link":
      return <Outside to={token.href} label={<Inline tokens={token.tokens} depth={depth} />} />
    case "image":
      return <Outside to={token.href} label={`Picture: ${token.text || token.href}`} />
    case "text":
      return "tokens" in token && token.tokens ? <Inline tokens={token.tokens} depth={depth} /> : unescape(token.text)
    case "escape":
      return token.text
    default:
      return token.raw
  }
}

/** A link out of here, with where it leads beside it: its words may say something else. */
const Outside = ({ label, to }: { readonly label: ComponentChildren; readonly to: string }) => {
  const url = webUrl(to)
  if (url === null) return <span class="dead-link">{label}</span>
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={url.href}>
      {label}
      <span class="goes-to">{url.protocol === "mailto:" ? "Mail" : url.host}</span>
    </a>
  )
}

export const webUrl = (text: string): URL | null => {
  try {
    const url = new URL(text)
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : null
  } catch {
    return null
  }
}

const signs: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" }
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (sign) => signs[sign] ?? sign)
