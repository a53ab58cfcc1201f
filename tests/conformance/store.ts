import { describe } from "vitest";
import { storeAudit } from "./store-audit.ts";
import { storeFollowing } from "./store-following.ts";
import { storeLists } from "./store-lists.ts";
import { storeModel } from "./store-model.ts";
import { storeMoney } from "./store-money.ts";
import { storeReading } from "./store-reading.ts";
import type { MakePlace } from "./store-world.ts";
import { storeWriting } from "./store-writing.ts";

/** What every store promises. Nothing here knows how one keeps its data. */
export function storeSuite(name: string, make: MakePlace): void {
  describe(`store: ${name}`, () => {
    storeWriting(make);
    storeReading(make);
    storeFollowing(make);
    storeLists(make);
    storeMoney(make);
    storeAudit(make);
    storeModel(make);
  });
}
