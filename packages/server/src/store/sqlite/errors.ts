import { DaimonError } from "@daimon/protocol";
import { isCorruption, sentence, unavailable } from "../errors.ts";

/** What was kept for this session cannot be read; the details tell the hub to quarantine it while others live. */
export const corrupt = (session: string, reason: string, cause?: unknown): DaimonError =>
  new DaimonError(
    "gone",
    `the log of session ${session} is damaged (${reason}); restore it from a backup or delete the session`,
    { cause, details: { corrupt: true, session } },
  );

/** Runs one access to the database; what goes wrong leaves as a refusal that says what to do. */
export function guarded<T>(session: string | undefined, access: () => T): T {
  try {
    return access();
  } catch (error) {
    if (session !== undefined && isCorruption(error)) throw corrupt(session, sentence(error), error);
    throw unavailable(error);
  }
}
