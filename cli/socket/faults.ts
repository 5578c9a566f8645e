/** What is wrong with the parameters of an operation, in sentences. */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** A sentence each, ten at most. */
export function faultsOf({ issues }: z.ZodError): string {
	return issues.slice(0, 10).map(faultOf).join(" ");
}

function faultOf(issue: Issue): string {
	const what = nameOf(issue.path);
	switch (issue.code) {
		case "unrecognized_keys":
			return `There is no ${issue.keys.slice(0, 5).join(", ").slice(0, 200)} here.`;
		case "too_small":
			return `${what} ${tooSmall(issue)}.`;
		case "too_big":
			return `${what} ${tooBig(issue)}.`;
		case "invalid_value":
			return `${what} must be ${issue.values.map(String).join(" or ")}.`;
		case "invalid_format":
			return `${what} must be a time like 2026-11-22T14:00:00Z.`;
		case "invalid_type":
			return `${what} must be ${kinds[issue.expected] ?? "something else"}.`;
		default:
			return `${what} cannot be read.`;
	}
}

const kinds: Readonly<Record<string, string>> = {
	string: "a text",
	boolean: "true or false",
	number: "a number",
	int: "a whole number",
	array: "a list",
	object: "a JSON object",
};

function tooSmall({ origin, minimum }: Extract<Issue, { code: "too_small" }>) {
	if (origin === "string" || origin === "array") return "must not be empty";
	return `must be at least ${minimum}`;
}

function tooBig({ origin, maximum }: Extract<Issue, { code: "too_big" }>) {
	if (origin === "string") return `may have at most ${maximum} characters`;
	if (origin === "array") return `may have at most ${maximum} entries`;
	return `may be at most ${maximum}`;
}

/** `members.add`, entry 4 of it. */
function nameOf(path: readonly PropertyKey[]): string {
	const last = path.at(-1);
	if (last === undefined) return "What is asked for";
	if (typeof last !== "number") return `"${path.join(".")}"`;
	return `Entry ${last + 1} of "${path.slice(0, -1).join(".")}"`;
}
