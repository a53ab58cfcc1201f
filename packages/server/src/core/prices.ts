import type { Usage } from "@daimon/protocol";
import { providerOf } from "./naming.ts";
import type { Catalogue, Provider } from "./ports.ts";

export type Prices = {
  /** In dollars; undefined where nobody knows the price, or what was used. */
  price(model: string, usage: Usage | undefined): Promise<number | undefined>;
  /** It is known that it costs nothing. */
  isFree(model: string): Promise<boolean>;
};

/** What models cost: those that run on one's own machine nothing, whatever was used; of others, what the catalogue knows. */
export function pricesOf(world: { catalogue: Catalogue; providers(): readonly Provider[] }): Prices {
  const ownMachine = (model: string) => world.providers().some(({ name, free }) => free && name === providerOf(model));
  return {
    async price(model, usage) {
      return ownMachine(model) ? 0 : usage && world.catalogue.price(model, usage);
    },
    async isFree(model) {
      if (ownMachine(model)) return true;
      const { price } = (await world.catalogue.info(model)) ?? {};
      return price?.input === 0 && price.output === 0;
    },
  };
}
