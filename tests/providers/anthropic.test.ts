import { vendorSuite } from "../conformance/vendor.ts";
import { anthropicWire } from "./anthropic-wire.ts";

vendorSuite("anthropic", anthropicWire);
