import { linked } from "../styles.ts";
import type { Ink, Tint } from "../theme.ts";

/** Words with what is in them: code, strong, emphasis, links. What is not closed is text. */

const piece =
  /\\(?<escaped>[!-/:-@[-`{-~])|(?<!`)(?<tick>`+)(?!`)(?<code>[^`](?:[^]*?[^`])?)\k<tick>(?!`)|(?<![\w*])\*\*(?<strong>[^\s*](?:[^]*?[^\s])?)\*\*(?!\*)|(?<![\w_])__(?<strong2>[^\s_](?:[^]*?[^\s])?)__(?![\w_])|(?<![\w*])\*(?<em>[^\s*](?:[^*]*[^\s*])?)\*(?!\*)|(?<![\w_])_(?<em2>[^\s_](?:[^_]*[^\s_])?)_(?![\w_])|~~(?<struck>[^\s~](?:[^~]*[^\s~])?)~~|!?\[(?<label>[^[\]]*)\]\(\s*<?(?<address>(?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+"[^"]*")?\s*\)|<(?<auto>https?:[^\s<>]+)>|(?<bare>\bhttps?:\/\/(?:[^\s<>()`*]|\([^\s<>()]*\))*(?:\([^\s<>()]*\)|[^\s<>()`*.,;:!?'"\]]))/gu;

const deepest = 6;

export function inline(text: string, ink: Ink, tints: readonly Tint[] = [], depth = 0): string {
  const write = (words: string, ...more: Tint[]) => ink(words, ...tints, ...more);
  const within = (words: string, tint: Tint) =>
    depth < deepest ? inline(words, ink, [...tints, tint], depth + 1) : write(words, tint);
  let done = "";
  let at = 0;
  for (const found of text.matchAll(piece)) {
    done += write(text.slice(at, found.index));
    at = found.index + found[0].length;
    const { escaped, code, strong, strong2, em, em2, struck, label, address, auto, bare } = found.groups!;
    if (escaped !== undefined) done += write(escaped);
    else if (code !== undefined) done += write(/^ .*\S.* $/.test(code) ? code.slice(1, -1) : code, "code");
    else if (strong !== undefined || strong2 !== undefined) done += within((strong ?? strong2)!, "strong");
    else if (em !== undefined || em2 !== undefined) done += within((em ?? em2)!, "emphasis");
    else if (struck !== undefined) done += within(struck, "struck");
    else if (label !== undefined) done += link(label, address!, write);
    else done += link("", (auto ?? bare)!, write);
  }
  return done + write(text.slice(at));
}

type Write = (words: string, ...more: Tint[]) => string;

function link(label: string, address: string, write: Write): string {
  const target = targetOf(address);
  if (!target) return label === "" ? write(address) : `${write(label)}${write(` (${address})`, "faint")}`;
  const words = linked(target.href, write(label || address, "link"));
  // Who reads one address and goes to another is told so.
  const claims = targetOf(/^www\./i.test(label) ? `https://${label}` : label);
  return claims && claims.host !== target.host ? `${words}${write(` (${target.host})`, "faint")}` : words;
}

/** Where a link may go. In it is nothing but printable ASCII: the parser writes the rest in percents. */
function targetOf(address: string): URL | undefined {
  const url = URL.parse(address);
  return url && ["http:", "https:", "file:"].includes(url.protocol) && /^[\x21-\x7e]*$/.test(url.href)
    ? url
    : undefined;
}
