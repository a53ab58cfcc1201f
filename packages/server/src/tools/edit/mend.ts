import { pathNames, renamed } from "../named.ts";

const names = {
  path: pathNames,
  oldText: ["old_text", "old_string", "old_str", "oldString"],
  newText: ["new_text", "new_string", "new_str", "newString"],
};

/** One edit beside the path, an edit without its list, a list as JSON, and the names that other tools have for these. */
export function mendEdits(input: unknown): unknown {
  const given = renamed(input, names);
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const { oldText, newText, edits, ...rest } = given as Record<string, unknown>;
  const alone = oldText === undefined && newText === undefined ? [] : [{ oldText, newText }];
  const list = typeof edits === "string" ? parsed(edits) : edits;
  if (list === undefined) return alone.length > 0 ? { ...rest, edits: alone } : given;
  const all = Array.isArray(list) ? list : typeof list === "object" ? [list] : undefined;
  // What is no list of edits stays as it was sent: the model is told of that.
  return all ? { ...rest, edits: [...all.map((edit) => renamed(edit, names)), ...alone] } : given;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
