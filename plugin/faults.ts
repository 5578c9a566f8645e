/** What zod found wrong, in words for who wrote it: settings, options, what the operator asks for. */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** What is wrong with the value, to follow its name: `must be a text`. A schema's own words are kept. */
export function faultText(issue: Issue): string {
	if (!zodsOwn.test(issue.message)) return issue.message;
	switch (issue.code) {
		case "unrecognized_keys": {
			const some = issue.keys.slice(0, 5).map((key) => `"${key.slice(0, 80)}"`);
			return `${some.join(", ")} ${some.length === 1 ? "is" : "are"} not known here`;
		}
		case "too_small":
			return tooSmall(issue);
		case "too_big":
			return tooBig(issue);
		case "invalid_value":
			return `must be ${issue.values.map(String).join(" or ")}`;
		case "invalid_format":
			return issue.format === "datetime"
				? "must be a time like 2026-11-22T14:00:00Z"
				: "is not written as it must be";
		case "invalid_type":
			return `must be ${kinds[issue.expected] ?? "something else"}`;
		default:
			return "cannot be understood";
	}
}

const zodsOwn = /^(Invalid|Too small|Too big|Unrecognized|Expected)\b/;

const kinds: Readonly<Record<string, string>> = {
	string: "a text",
	boolean: "true or false",
	number: "a number",
	int: "a whole number",
	array: "a list",
	object: "an object with names and values",
};

function tooSmall({
	origin,
	minimum,
}: Extract<Issue, { code: "too_small" }>): string {
	if (origin !== "string" && origin !== "array") {
		return `must be at least ${minimum}`;
	}
	if (minimum === 1) return "must not be empty";
	const parts = origin === "string" ? "characters" : "entries";
	return `must have at least ${minimum} ${parts}`;
}

function tooBig({
	origin,
	maximum,
}: Extract<Issue, { code: "too_big" }>): string {
	if (origin === "string") return `may have at most ${maximum} characters`;
	if (origin === "array") return `may have at most ${maximum} entries`;
	return `must be at most ${maximum}`;
}
