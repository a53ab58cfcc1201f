import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** These people exist only in our tests. */
const ownPlaces = [
  /(?<![\w.~}-])\/(?:root|work)\/[\w.]+/,
  /(?<![\w.~}-])\/home\/(?!(?:user|ann|ben|mia)\b)[a-z_][\w-]*/,
  /(?<![\w.~}-])\/Users\/(?!(?:user|ann|ben|mia)\b)\w+/,
  /[A-Z]:\\+Users\\+\w+/,
];
const hosts = [
  /\bregistry\.(?:[\w-]+\.)+[a-z]{2,}/i,
  /\/\/[^/\s"']*\b(?:artifactory|nexus|verdaccio|jfrog)\b/i,
  /\/\/(?:deb|security|archive)\.(?:debian|ubuntu)\./i,
  /\/\/(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+/,
];

test.for([
  ["a path of the machine it was made on", ownPlaces],
  ["the host of a package registry", hosts],
] as const)("no file of the project names %s", ([, patterns]) => {
  const files = execFileSync("git", ["-c", "safe.directory=*", "ls-files", "-z"], { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter(Boolean);
  expect(files).toContain("package.json");
  const found = files.flatMap((file) =>
    linesOf(file).flatMap((line, index) =>
      patterns.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
    ),
  );
  expect(found).toEqual([]);
});

/** A file that was removed and not yet committed has no lines. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(join(root, file), "utf8").split("\n");
  } catch (error) {
    if (["ENOENT", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

test("a path and a registry that should not be named would be seen", () => {
  const seen = (line: string) => [...ownPlaces, ...hosts].some((pattern) => pattern.test(line));
  // Put together here, so that they do not stand in this file.
  const path = (...parts: string[]) => ["", ...parts].join("/");
  const wrong = [
    path("work", "x"),
    path("root", ".npm"),
    path("home", "jsmith", "x"),
    `https://${["registry", "example", "com"].join(".")}`,
  ];
  expect(wrong.filter((line) => !seen(`"${line}"`))).toEqual([]);
  expect(["/home/user", "packages/work/x", "${root}/root/x", "the registry. Then"].filter(seen)).toEqual([]);
});
