/** Reads the configuration: one YAML file, environment variables over it, checked whole before anything starts. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { faultsOf } from "../plugin/options.ts";
import { expandArchiving } from "./compliance.ts";
import { fillPasswords } from "./registration-passwords.ts";
import { type Configuration, wholeSchema } from "./schema.ts";
import {
	complianceVariable,
	defaultFile,
	prefix,
	settings,
} from "./settings.ts";

/** Why the process cannot start, one line a fault. */
export class ConfigurationError extends Error {
	override readonly name = "ConfigurationError";
	readonly faults: readonly string[];

	constructor(faults: readonly string[]) {
		super(faults.join("\n"));
		this.faults = faults;
	}
}

/** Reads `file`, or `./persistent-chat.yaml` where there is one. Throws `ConfigurationError`. */
export function readConfiguration(
	file: string | undefined,
	environment: Readonly<Record<string, string | undefined>>,
): Configuration {
	const faults: string[] = [];
	const given = readFile(file, faults);
	const { [complianceVariable]: compliance, ...rest } = environment;
	if (compliance) given.compliance = short(compliance);
	if ("compliance" in given) {
		given.compliance = expandArchiving(given.compliance);
	}
	if (Array.isArray(given.drachtio)) {
		const [first, ...others] = given.drachtio;
		given.drachtio = { ...first, others };
	}
	const passwords = fillPasswords(given, environment, faults);
	const settable = Object.fromEntries(
		Object.entries(rest).filter(([name]) => !passwords.has(name)),
	);
	const variables = overlay(given, settable, faults);
	const checked = wholeSchema.safeParse(given);
	if (!checked.success) {
		const lines = faultsOf(checked.error);
		for (const [index, { path }] of checked.error.issues.entries()) {
			const [variable] = path.flatMap(
				(_, end) => variables.get(path.slice(0, end + 1).join(".")) ?? [],
			);
			const line = lines[index] ?? "";
			faults.push(variable === undefined ? line : `${variable}: ${line}`);
		}
	}
	if (faults.length > 0 || !checked.success) {
		throw new ConfigurationError(faults);
	}
	const { demo = checked.data.drachtio.host === undefined } = checked.data;
	return { ...checked.data, demo };
}

/** `off`, `jsonl` or `jsonl,xml`. */
function short(text: string): string | string[] {
	const names = text.split(",").map((name) => name.trim());
	return names.length > 1 ? names : text;
}

function readFile(
	file: string | undefined,
	faults: string[],
): Record<string, unknown> {
	const name = file ?? defaultFile;
	if (file === undefined && !existsSync(name)) return {};
	try {
		const content: unknown = parse(readFileSync(name, "utf8")) ?? {};
		if (typeof content === "object" && !Array.isArray(content)) {
			return withoutNulls(content) as Record<string, unknown>;
		}
		faults.push(`${name}: must hold settings, like "log: { level: info }"`);
	} catch (error) {
		faults.push(`${name}: ${error instanceof Error ? error.message : error}`);
	}
	return {};
}

/** YAML gives null for what is written without a value, as a section whose settings are all commented out. */
function withoutNulls(value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return value;
	}
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, inner]) => inner !== null)
			.map(([key, inner]) => [key, withoutNulls(inner)]),
	);
}

/** Puts what the environment says over the file; gives the variable for each setting that has one there. */
function overlay(
	onto: Record<string, unknown>,
	environment: Readonly<Record<string, string | undefined>>,
	faults: string[],
): ReadonlyMap<string, string> {
	const byVariable = new Map(
		settings().map((setting) => [setting.variable, setting]),
	);
	const given = new Map<string, string>();
	for (const [variable, text] of Object.entries(environment)) {
		if (!variable.startsWith(prefix) || !text) continue;
		const setting = byVariable.get(variable);
		if (setting === undefined) {
			faults.push(`${variable}: there is no such setting; see --help`);
			continue;
		}
		given.set(setting.path.join("."), variable);
		assign(onto, setting.path, convert(text, setting.type));
	}
	return given;
}

function assign(
	onto: Record<string, unknown>,
	[key = "", ...rest]: readonly string[],
	value: unknown,
): void {
	if (rest.length === 0) {
		onto[key] = value;
		return;
	}
	const inner = onto[key];
	const next =
		typeof inner === "object" && inner !== null
			? (inner as Record<string, unknown>)
			: {};
	onto[key] = next;
	assign(next, rest, value);
}

/** What cannot be converted stays text, so that the check names it. */
function convert(text: string, type: string): unknown {
	switch (type) {
		case "integer":
		case "number":
			return /^-?\d+$/.test(text) ? Number(text) : text;
		case "boolean":
			return text === "true" ? true : text === "false" ? false : text;
		case "array":
			return text.split(",").map((item) => item.trim());
		default:
			return text;
	}
}
