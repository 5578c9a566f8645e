/** What texts, file names and principals must be like before they are kept; names: `names.ts`. */
import { ChatError } from "../errors.ts";
import type { ListChange, Principal } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Characters of a name and of a description. */
const maxNameLength = 256;
/** What one list of principals may hold; more people are better put into a group. */
const maxPrincipals = 10_000;

export type Wire = Pick<RoomsWork, "wire">;

/** Throws `malformed`, `too-large`. */
export function checkText({ wire }: Wire, what: string, text: string): void {
	const length = [...text].length;
	if (length > maxNameLength) {
		throw new ChatError(
			"too-large",
			`${what} has at most ${maxNameLength} characters; this one has ${length}.`,
		);
	}
	const forbidden = wire.forbiddenCharacter(text);
	if (forbidden !== undefined) {
		throw new ChatError("malformed", `${what} may not hold ${forbidden}.`);
	}
}

const shapes =
	/^(sip:[^@\s<>";,?]+@[a-z0-9.-]+|domain:[a-z0-9.-]+|group:[0-9a-z][0-9a-z-]{0,35})$/;

/** UTF-8 bytes of a file's name. */
const maxFileNameBytes = 255;
/** Line ends and other controls, what ends a path's part anywhere, and what makes `gpj.exe` read `exe.jpg`. */
const notInFileName =
	/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/u;

/** It is shown to people and never becomes a path here. Throws `malformed`, `too-large`. */
export function checkFileName({ wire }: Wire, name: string): void {
	if (name.trim() === "" || name === "." || name === "..") {
		throw new ChatError("malformed", "A file needs a name.");
	}
	if (notInFileName.test(name) || wire.forbiddenCharacter(name) !== undefined) {
		throw new ChatError(
			"malformed",
			"The name of a file is no path: it may not hold slashes, control characters or marks of direction.",
		);
	}
	const bytes = Buffer.byteLength(name);
	if (bytes > maxFileNameBytes) {
		throw new ChatError(
			"too-large",
			`The name of the file has ${bytes} bytes; the limit is ${maxFileNameBytes}.`,
		);
	}
}

/** Throws `malformed`, `too-large`. */
export function checkShapes(principals: readonly Principal[]): void {
	demandFew(principals);
	const misspelt = principals.find(
		(each) =>
			!shapes.test(each) || each !== each.toLowerCase() || each.length > 255,
	);
	if (misspelt !== undefined) {
		throw new ChatError(
			"malformed",
			`"${misspelt.slice(0, 80)}" is no principal: write sip:name@domain, domain:name or group:id, in lower case.`,
		);
	}
}

/** Throws `malformed`, `too-large`, and `no-such-principal` for users and groups that the directory does not know. */
export async function checkPrincipals(
	{ directory }: Pick<RoomsWork, "directory">,
	principals: readonly Principal[],
): Promise<void> {
	checkShapes(principals);
	const named = await directory.named(principals);
	const unknown = named.filter(({ known }) => !known);
	if (unknown.length > 0) {
		const some = unknown.slice(0, 5).map(({ principal }) => principal);
		throw new ChatError(
			"no-such-principal",
			`The directory does not know ${some.join(", ")}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ""}.`,
		);
	}
}

/** Throws `malformed`, `too-large`; `no-such-principal` for those given that the directory does not know. */
export async function checkListChange(
	work: Pick<RoomsWork, "directory">,
	change: ListChange,
): Promise<void> {
	if ("set" in change) return checkPrincipals(work, change.set);
	demandFew(change.remove ?? []);
	await checkPrincipals(work, change.add ?? []);
}

/** Whether it says that there is no such user, or group. */
export function isUnknown(error: unknown): boolean {
	return error instanceof ChatError && error.reason === "no-such-principal";
}

/** Throws `too-large`. */
export function demandFew(principals: readonly Principal[]): void {
	if (principals.length <= maxPrincipals) return;
	throw new ChatError(
		"too-large",
		`A list names at most ${maxPrincipals} principals; make a group of them.`,
	);
}
