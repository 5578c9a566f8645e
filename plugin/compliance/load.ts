/** Finds an adapter by what the configuration calls it, and makes it. */
import type {
	AdapterContext,
	AdapterFactory,
	ComplianceAdapter,
} from "./adapter.ts";
import { locate } from "./locate.ts";
import type { AdapterSetting } from "./options.ts";
import { reasonOf } from "./reason.ts";

/** Those that come with the product, by name. */
export type BuiltIn = Readonly<
	Record<string, () => Promise<{ readonly default: AdapterFactory }>>
>;

/** Why the service does not start: for the operator, not a fault of this program. */
export class AdapterRefused extends Error {
	override readonly name = "AdapterRefused";
}

/** Throws `AdapterRefused` with what is wrong and what would be right. */
export async function makeAdapter(
	{ use, name, options }: AdapterSetting,
	builtIn: BuiltIn,
	log: AdapterContext["log"],
): Promise<ComplianceAdapter> {
	try {
		const factory = await find(use, builtIn);
		const adapter = await factory(options ?? {}, { name, log });
		if (typeof adapter?.deliver !== "function") {
			throw new Error("What it makes has no function deliver.");
		}
		return adapter;
	} catch (error) {
		throw new AdapterRefused(
			`Compliance adapter "${name}": ${reasonOf(error)}`,
			{
				cause: error,
			},
		);
	}
}

async function find(
	use: AdapterSetting["use"],
	builtIn: BuiltIn,
): Promise<AdapterFactory> {
	if (typeof use === "function") return use;
	const module: { readonly default?: unknown } | undefined = Object.hasOwn(
		builtIn,
		use,
	)
		? await builtIn[use]?.()
		: await load(use, Object.keys(builtIn));
	if (typeof module?.default !== "function") {
		throw new Error(
			`"${use}" has no default export that makes an adapter; docs/compliance-adapters.md shows one.`,
		);
	}
	return module.default as AdapterFactory;
}

async function load(
	use: string,
	known: readonly string[],
): Promise<{ readonly default?: unknown }> {
	const address = locate(use);
	if (address === undefined) {
		throw new Error(
			`There is no adapter "${use}": say one of ${known.join(", ")}, a file like ./my-adapter.js, or a package that is installed.`,
		);
	}
	try {
		return await import(address);
	} catch (error) {
		// A fault in its text or in what it imports; the message alone does not say where.
		const kind = error instanceof Error ? `${error.name}: ` : "";
		throw new Error(
			`Its module ${address} cannot be loaded: ${kind}${reasonOf(error)}`,
			{ cause: error },
		);
	}
}
