import type { ToolContext } from "../core/ports.ts";
import { beforeOf, type Known } from "./known.ts";
import { holdFolderOf } from "./paths/hold.ts";
import type { Place } from "./paths/place.ts";
import { putFile } from "./paths/put.ts";
import { troubleChanging } from "./paths/words.ts";
import { remember, seenOf } from "./seen.ts";

/** What a file is to hold; `known`: the file that it is in place of. */
export type Wanted = { path: string; place: Place; known: Known | undefined; bytes: Buffer; sha256: string };

/** Says what will be, does it, and remembers it as seen. Returns what people should know of it. */
export async function save({ path, place: { real, ...place }, known, bytes, sha256 }: Wanted, context: ToolContext) {
  const making = known ? undefined : (folder: string) => context.changing({ path: folder, change: "created" });
  const announce = () =>
    context.changing({
      path: real,
      ...(known ? { change: "edited", ...beforeOf(known) } : { change: "created" }),
      after: sha256,
    });
  using spot = await holdFolderOf({ real, ...place }, path, making).catch((error: unknown) => {
    throw troubleChanging(path, error);
  });
  try {
    const { stats, owned } = await putFile(spot, { bytes, found: known?.stats, announce }, path);
    remember(context.session, real, seenOf(stats, sha256));
    return [
      ...(known && known.stats.nlink > 1n ? ["It had other names (hard links): they keep what was there."] : []),
      ...(owned ? [] : ["It now belongs to the user of this daemon: its owner could not be kept."]),
    ];
  } catch (error) {
    await spot.unmake();
    throw error;
  }
}
