/** What things look like, as data: a theme names a look for each tint, and ink writes it in the colours that the terminal has. */

export type Tint =
  | "heading"
  | "strong"
  | "emphasis"
  | "struck"
  | "code"
  | "link"
  | "quote"
  | "mark"
  | "faint"
  | "keyword"
  | "string"
  | "number"
  | "comment"
  | "name"
  | "added"
  | "removed"
  | "hunk"
  | "py"
  | "ai"
  | "person"
  | "good"
  | "trouble";

export type Look = {
  /** `#rrggbb`; none: the terminal's own. */
  colour?: string;
  bold?: true;
  dim?: true;
  italic?: true;
  underline?: true;
  struck?: true;
};
export type Theme = Readonly<Record<Tint, Look>>;

/** How many colours a terminal has; none: attributes only. */
export type Depth = "none" | "16" | "256" | "truecolor";
/** Writes a text in the looks of some tints together; where they disagree, in that of the last. */
export type Ink = (text: string, ...tints: Tint[]) => string;

const shapes = {
  strong: { bold: true },
  emphasis: { italic: true },
  struck: { struck: true },
  faint: { dim: true },
} as const;

export const dark: Theme = {
  ...shapes,
  heading: { colour: "#7aa2f7", bold: true },
  code: { colour: "#d7af87" },
  link: { colour: "#7dcfff", underline: true },
  quote: { colour: "#a9b1d6", italic: true },
  mark: { colour: "#7aa2f7" },
  keyword: { colour: "#bb9af7" },
  string: { colour: "#9ece6a" },
  number: { colour: "#ff9e64" },
  comment: { colour: "#8088a8", italic: true },
  name: { colour: "#7aa2f7" },
  added: { colour: "#9ece6a" },
  removed: { colour: "#f7768e" },
  hunk: { colour: "#7dcfff" },
  py: { colour: "#9ece6a", bold: true },
  ai: { colour: "#bb9af7", bold: true },
  person: { colour: "#e0af68", bold: true },
  good: { colour: "#9ece6a" },
  trouble: { colour: "#f7768e" },
};

export const light: Theme = {
  ...shapes,
  heading: { colour: "#1f4fa8", bold: true },
  code: { colour: "#8a4b08" },
  link: { colour: "#0b6e99", underline: true },
  quote: { colour: "#4a5068", italic: true },
  mark: { colour: "#1f4fa8" },
  keyword: { colour: "#7a3e9d" },
  string: { colour: "#3a7a10" },
  number: { colour: "#a8500a" },
  comment: { colour: "#6a7080", italic: true },
  name: { colour: "#1f4fa8" },
  added: { colour: "#2f7a10" },
  removed: { colour: "#b3203c" },
  hunk: { colour: "#0b6e99" },
  py: { colour: "#3a7a10", bold: true },
  ai: { colour: "#7a3e9d", bold: true },
  person: { colour: "#8a5a00", bold: true },
  good: { colour: "#2f7a10" },
  trouble: { colour: "#b3203c" },
};

export function inkOf(theme: Theme, depth: Depth): Ink {
  const begins = new Map<string, string>();
  return (text, ...tints) => {
    if (text === "" || tints.length === 0) return text;
    const key = tints.join();
    let begin = begins.get(key);
    if (begin === undefined)
      begins.set(key, (begin = beginOf(Object.assign({}, ...tints.map((tint) => theme[tint])) as Look, depth)));
    return begin === "" ? text : `${begin}${text}\x1b[0m`;
  };
}

/** No style at all: pipes, and what is measured. */
export const noInk: Ink = (text) => text;

/** https://no-color.org: any value but an empty one switches colours off, and not what is bold. */
export function depthOf(env: NodeJS.ProcessEnv): Depth {
  const term = env["TERM"] ?? "";
  if (env["NO_COLOR"] || term === "dumb" || term === "") return "none";
  if (/truecolor|24bit/i.test(env["COLORTERM"] ?? "") || term.endsWith("-direct")) return "truecolor";
  return /256/.test(term) || env["COLORTERM"] ? "256" : "16";
}

/** Dark or light by what the terminal says its background is: `rgb:1e1e/1e1e/2e2e` or `#1e1e2e`. */
export function themeFor(background: string): Theme {
  const parts = /^rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(background)?.slice(1);
  const [red, green, blue] = parts
    ? parts.map((part) => parseInt(part, 16) / (16 ** part.length - 1))
    : rgbOf(background).map((one) => one / 255);
  return 0.299 * (red ?? 0) + 0.587 * (green ?? 0) + 0.114 * (blue ?? 0) > 0.5 ? light : dark;
}

function beginOf(look: Look, depth: Depth): string {
  const { bold, dim, italic, underline, struck, colour } = look;
  const codes: (string | number)[] = [];
  if (bold) codes.push(1);
  if (dim) codes.push(2);
  if (italic) codes.push(3);
  if (underline) codes.push(4);
  if (struck) codes.push(9);
  if (colour && depth !== "none") codes.push(colourCode(rgbOf(colour), depth));
  return codes.length === 0 ? "" : `\x1b[${codes.join(";")}m`;
}

type Rgb = [number, number, number];
const rgbOf = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) || 0) as Rgb;
const steps = [0, 95, 135, 175, 215, 255];
/** The sixteen as most terminals draw them. */
const sixteen: Rgb[] = [
  [0, 0, 0],
  [205, 49, 49],
  [13, 188, 121],
  [229, 229, 16],
  [36, 114, 200],
  [188, 63, 188],
  [17, 168, 205],
  [229, 229, 229],
  [102, 102, 102],
  [241, 76, 76],
  [35, 209, 139],
  [245, 245, 67],
  [59, 142, 234],
  [214, 112, 214],
  [41, 184, 219],
  [255, 255, 255],
];

function colourCode(rgb: Rgb, depth: Depth): string {
  if (depth === "truecolor") return `38;2;${rgb.join(";")}`;
  if (depth === "16") {
    const at = nearest(rgb, sixteen);
    return String(at < 8 ? 30 + at : 82 + at);
  }
  const cube = rgb.map((one) =>
    nearest(
      [one, 0, 0],
      steps.map((step): Rgb => [step, 0, 0]),
    ),
  );
  const grey = Math.max(0, Math.min(23, Math.round((rgb[0] + rgb[1] + rgb[2]) / 3 / 10 - 0.8)));
  const asGrey: Rgb = [8 + grey * 10, 8 + grey * 10, 8 + grey * 10];
  const asCube = cube.map((one) => steps[one]!) as Rgb;
  return `38;5;${nearest(rgb, [asCube, asGrey]) === 0 ? 16 + cube[0]! * 36 + cube[1]! * 6 + cube[2]! : 232 + grey}`;
}

const distance = (a: Rgb, b: Rgb) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
const nearest = (rgb: Rgb, among: readonly Rgb[]): number =>
  among.reduce((best, one, at) => (distance(rgb, one) < distance(rgb, among[best]!) ? at : best), 0);
