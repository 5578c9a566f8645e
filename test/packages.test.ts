/** What is installed with the product: the lock file can be installed as it is, on the oldest Node that we promise. */
import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Package {
	readonly version?: string;
	readonly engines?: { readonly node?: string };
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(
	readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"),
) as { readonly packages: Readonly<Record<string, Package>> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("the lock file", () => {
	it("has every platform's optional packages, without which npm ci refuses it", () => {
		const names = new Set(
			installed.map(([path]) => path.replace(/^.*node_modules\//, "")),
		);
		deepEqual(
			installed.flatMap(([path, { optionalDependencies = {} }]) =>
				Object.keys(optionalDependencies)
					.filter((name) => !names.has(name))
					.map((name) => `${path} wants ${name}`),
			),
			[],
		);
	});

	it("holds nothing that wants a newer Node than 20", () => {
		deepEqual(
			installed.flatMap(([path, { engines }]) =>
				runsOn20(engines?.node ?? "*") ? [] : [`${path}: ${engines?.node}`],
			),
			[],
		);
	});
});

/** Of ranges as packages write them: alternatives, each with a lower bound. */
function runsOn20(range: string): boolean {
	return range.split("||").some((part) => {
		const [, operator = "", major = ""] =
			/^\s*(>=|\^|~|=|>)?\s*v?(\d+|\*)/.exec(part) ?? [];
		if (major === "*" || major === "") return true;
		return operator.startsWith(">")
			? Number(major) <= 20
			: Number(major) === 20;
	});
}
