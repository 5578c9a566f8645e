/** `persistent-chat configuration get`: what the running service is set to. */
import type { Command } from "./command.ts";
import { Misuse } from "./command.ts";
import { properties } from "./table.ts";

export const configurationCommands: readonly Command[] = [
	{
		words: ["configuration", "get"],
		summary:
			"Show what the running service is set to, defaults too, without secrets",
		takes: "[NAME]",
		examples: [
			"configuration get",
			"configuration get service.limits",
			"configuration get --json",
		],
		async run(given, { ask, show }) {
			const whole = await ask("configuration/get", {});
			const [name] = given.rest;
			const found = name === undefined ? whole : at(whole, name);
			show(found, () => {
				const lines = flat(found, name);
				return properties(lines.length === 0 ? [["-", "-"]] : lines);
			});
		},
	},
];

/** Throws `Misuse` for what is no setting. */
function at(whole: unknown, name: string): unknown {
	let found = whole;
	for (const key of name.split(".")) {
		const has =
			typeof found === "object" && found !== null && Object.hasOwn(found, key);
		if (!has) throw new Misuse(`There is no setting "${name}".`);
		found = (found as Readonly<Record<string, unknown>>)[key];
	}
	return found;
}

/** `service.domain` → `example.com`, in the order of the settings. */
function flat(value: unknown, name = ""): [string, string][] {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return [[name, typeof value === "string" ? value : JSON.stringify(value)]];
	}
	return Object.entries(value).flatMap(([key, inner]) =>
		inner === undefined
			? []
			: flat(inner, name === "" ? key : `${name}.${key}`),
	);
}
