import { createHash } from "node:crypto";

/** Objects with the same members give the same text, whatever their order. */
const stable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(stable);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, stable(member)]),
  );
};

const hashed = (values: unknown[]) => createHash("sha256").update(JSON.stringify(stable(values)));

/** Short enough to show, long enough that nobody finds another value with the same one. */
export const digestOf = (...values: unknown[]): string => hashed(values).digest("base64url").slice(0, 22);

/** Of what people are asked about, for those who compare it elsewhere. */
export const sha256Of = (...values: unknown[]): string => hashed(values).digest("hex");

/** As blobs are named, and files are known by. */
export const digestOfBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
