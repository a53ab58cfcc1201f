/**
 * The arguments of a call, from the JSON that came. Tools and vendors alike take objects only: anything else is
 * `malformed`, and the model is shown what it sent.
 */
export function argumentsIn(json: string): { input: unknown; malformed?: string } {
  // Vendors send nothing at all for a call without arguments.
  if (json.trim() === "") return { input: {} };
  try {
    const input: unknown = JSON.parse(json);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return { input };
  } catch {
    // What it is instead is said below.
  }
  return { input: {}, malformed: json };
}
