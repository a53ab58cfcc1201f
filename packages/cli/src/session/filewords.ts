import { type DaimonError, type ResultOf } from "@daimon/protocol";
import { sanitise } from "@daimon/protocol/sanitise";
import type { Paint } from "../term/colour.ts";

/** What turns did to files, in words and as diffs. */

type Changed = ResultOf<"session/diff">;
type Undone = ResultOf<"session/undo">;
type Left = Undone["left"];
type File = Changed["files"][number];

/** A path as somebody says it who works in that folder. */
const shortly = (path: string, cwd: string): string => (path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path);

export const turnNamed = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const namedAtMost = 5;

/** What a turn changed, for those who see it end. */
export function changedWords(paths: readonly string[], turn: number, cwd: string): string {
  const names = paths.slice(0, namedAtMost).map((path) => shortly(path, cwd));
  const more = paths.length > namedAtMost ? `, and ${paths.length - namedAtMost} more` : "";
  const files = paths.length === 1 ? "1 file" : `${paths.length} files`;
  return `changed ${files}: ${names.join(", ")}${more} (/diff ${turn} shows it, /undo ${turn} takes it back)`;
}

/** `clean`: what is done to text from outside before it is shown. */
export function diffLines({ files, more }: Changed, cwd: string, paint: Paint, clean = sanitise): string[] {
  const lines = files.flatMap((file) => [title(file, cwd, paint, clean), ...bodyOf(file, paint, clean)]);
  if (more !== undefined) lines.push(`... and ${more} more files; name a turn to see less at once`);
  return lines.length > 0 ? lines : ["no file is changed"];
}

function title({ path, from, change, added, removed, why }: File, cwd: string, paint: Paint, clean: typeof sanitise) {
  const place = from === undefined ? shortly(path, cwd) : `${shortly(from, cwd)} -> ${shortly(path, cwd)}`;
  const count = added === undefined ? "" : ` (+${added} -${removed})`;
  return paint("bold", clean(`${change} ${place}${count}${why === undefined ? "" : `: ${why}`}`));
}

function bodyOf({ diff, cut }: File, paint: Paint, clean: typeof sanitise): string[] {
  if (diff === undefined || diff === "") return [];
  const lines = clean(diff).replace(/\n$/, "").split("\n");
  const shown = lines.map((line) => paintLine(line, paint));
  return cut ? [...shown, "... the diff is longer"] : shown;
}

function paintLine(line: string, paint: Paint): string {
  if (line.startsWith("@@")) return paint("cyan", line);
  if (/^(?:---|\+\+\+|===)/.test(line)) return paint("dim", line);
  return line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : line;
}

const verbs: Record<Undone["files"][number]["change"], string> = {
  created: "put back",
  edited: "put back",
  deleted: "removed",
  moved: "moved back",
};

export function undoneLines({ turn, files, more, left }: Undone, cwd: string): string[] {
  const rows = files.map(({ path, change, to }) => `  ${verbs[change]} ${shortly(to ?? path, cwd)}`);
  if (more !== undefined) rows.push(`  ... and ${more} more`);
  const said = rows.length > 0 ? "is taken back:" : "is taken back; all its files were as before already";
  return [`turn ${turn} ${said}`, ...rows, ...leftLines(left, cwd)].map((line) => sanitise(line));
}

/** What nobody can show or take back: said whenever there is any. */
export const leftLines = (left: Left, cwd: string): string[] =>
  left.map(({ path, why }) =>
    sanitise(path === undefined ? `! ${why}` : `! not taken back: ${shortly(path, cwd)} (${why})`),
  );

/** What somebody else did to the files that were to be taken back; empty where it was refused for something else. */
export function clashLines({ details }: DaimonError, cwd: string, paint: Paint): string[] {
  const files = details?.["files"];
  if (!Array.isArray(files)) return [];
  const clashes = files as { path: string; why: string; diff?: string; cut?: true }[];
  return clashes.flatMap(({ path, why, ...diff }) => [
    paint("bold", sanitise(`${shortly(path, cwd)}: ${why}`)),
    ...bodyOf({ path, change: "edited", ...diff }, paint, sanitise),
  ]);
}
