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

/** Every setting, with what it is called in the environment. */
export function settings(): Setting[] {
	const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
	const found: Setting[] = [];
	const walk = (node: unknown, path: readonly string[]): void => {
		const { properties, type, description } = node as {
			properties?: Record<string, unknown>;
			type?: string;
			description?: string;
		};
		if (properties !== undefined) {
			for (const [key, inner] of Object.entries(properties)) {
				walk(inner, [...path, key]);
			}
			return;
		}
		found.push({
			path,
			variable: prefix + path.map(snakeCase).join("_"),
			type: type ?? "string",
			description: description ?? "",
			allowed: allowedBy(node as AllowedValues),
			default: (node as { default?: unknown }).default,
		});
	};
	walk(root, []);
	return found;
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
