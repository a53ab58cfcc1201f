import type { Harm } from "./harm.ts";

/** Code of another language is only looked through: what calls itself after deleting is seen, what hides is for the sandbox. */
const deletes =
  /\b(?:rmtree|removedirs|rmSync|rmdirSync|unlinkSync|remove_tree|rm_rf?|rm_f)\b|\bos\.(?:remove|unlink|rmdir)\b|\bfs\.(?:promises\.)?(?:rm|rmdir|unlink)\b|\b(?:File|Dir)\.(?:delete|rmdir|unlink)\b|\bunlink[\s(]/;
const runs =
  /\brm\s+-\w*[rf]|["']rm["']\s*,\s*["']-\w*[rf]|\bmkfs\b|\bdd\s+[^;]*\bof=|\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|push\s+[^;]*(?:--force|-f\b))/;

export const harmOfCode = (code: string): Harm | undefined =>
  deletes.test(code) || runs.test(code)
    ? { why: "the code deletes files", safer: "print what it would delete, and look at the list" }
    : undefined;
