/** The adapters that come with the product, by the name that the configuration uses; each is loaded when it is wanted. */
import type { AdapterFactory } from "../plugin/compliance/adapter.ts";

export const builtInAdapters: Readonly<
	Record<string, () => Promise<{ readonly default: AdapterFactory }>>
> = {
	eml: () => import("./eml/index.ts"),
	jsonl: () => import("./jsonl/index.ts"),
	vantage: () => import("./vantage/index.ts"),
	webhook: () => import("./webhook/index.ts"),
	xml: () => import("./xml/index.ts"),
};
