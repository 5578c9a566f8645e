/** Every setting of the configuration, with what it is called in the environment and in the help. */
import { z } from "zod";
import { schema } from "./schema.ts";

export const prefix = "PERSISTENT_CHAT_";
/** All of compliance in a word. */
export const complianceVariable = `${prefix}COMPLIANCE`;
export const defaultFile = "persistent-chat.yaml";

export interface Setting {
	readonly path: readonly string[];
	readonly variable: string;
	readonly type: string;
	readonly description: string;
	/** `sqlite | mysql`, `1 to 500`; empty where anything of the type goes. */
	readonly allowed: string;
	readonly default: unknown;
}

/** What a JSON schema says of one field. */
interface Field extends AllowedValues {
	readonly properties?: Readonly<Record<string, Field>>;
	readonly description?: string;
	readonly default?: unknown;
	/** One of several: of the first type. */
	readonly anyOf?: readonly Field[];
	/** Of a list. */
	readonly items?: Field;
}

/** Every setting, with what it is called in the environment. */
export function settings(): Setting[] {
	return fieldsOf(rootField(), []).map(settingOf);
}

/** What may be said of each in the lists that hold more than words: in the file only, so without variables. */
export function listedSettings(): Omit<Setting, "variable">[] {
	return fieldsOf(rootField(), []).flatMap(({ path, field: { items } }) =>
		items?.properties === undefined
			? []
			: fieldsOf(items, [...path.slice(0, -1), `${path.at(-1)}[]`]).map(
					settingOf,
				),
	);
}

function rootField(): Field {
	const options = { io: "input", unrepresentable: "any" } as const;
	return z.toJSONSchema(schema, options) as Field;
}

interface Found {
	readonly path: readonly string[];
	readonly field: Field;
}

function fieldsOf(field: Field, path: readonly string[]): Found[] {
	return field.properties === undefined
		? [{ path, field }]
		: Object.entries(field.properties).flatMap(([key, inner]) =>
				fieldsOf(inner, [...path, key]),
			);
}

function settingOf({ path, field }: Found): Setting {
	return {
		path,
		variable: prefix + path.map(snakeCase).join("_"),
		type: field.type ?? field.anyOf?.[0]?.type ?? "string",
		description: field.description ?? "",
		allowed: allowedBy(field),
		default: field.default,
	};
}

interface AllowedValues {
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly minimum?: number;
	readonly maximum?: number;
}

function allowedBy({ type, enum: values, ...range }: AllowedValues): string {
	if (values !== undefined) return values.join(" | ");
	if (type === "boolean") return "true | false";
	if (type === "array") return "a list; in the variable, separated by commas";
	const { minimum, maximum } = range;
	return minimum === undefined ? "" : `${minimum} to ${maximum}`;
}

function snakeCase(key: string): string {
	return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function helpText(): string {
	const lines = settings().flatMap(
		({ path, variable, description, allowed, default: value }) => [
			`  ${path.join(".")}${value === undefined ? "" : ` (default: ${JSON.stringify(value)})`}`,
			`      ${variable}`,
			...[description, allowed]
				.filter((line) => line !== "")
				.map((line) => `      ${line}`),
		],
	);
	return [
		"Usage: npm start -- [--config FILE] [--help]",
		"",
		`Settings come from a YAML file (./${defaultFile}, or the one named), and from`,
		"environment variables, which take precedence:",
		"",
		"  compliance",
		`      ${complianceVariable}`,
		"      All of it in a word: off, elsewhere, or the adapters, like jsonl or jsonl,xml",
		...lines,
	].join("\n");
}
