/** What the service keeps for a user: settings under labels, and how far his invitations were given. */
import { element, optionalAttribute } from "../plugin/xccos/xml.ts";
import type { Ask } from "./ask.ts";
import { ChatRefused } from "./errors.ts";
import type { Invitation, Preference } from "./types.ts";
import { readInvitations } from "./xccos/blocks.ts";
import { named, wholeNumber } from "./xccos/read.ts";

/** The preference whose version is the last invitation given. */
const invitationsLabel = "persistent-chat.invitations";

/** Without content when it is not newer than `knownSequence`. */
export function readPreference(
	ask: Ask,
	label: string,
	knownSequence: number,
): Promise<Preference> {
	return askPreference(ask, "getpref", label, {
		seqid: knownSequence,
		createdefault: "true",
	});
}

export function writePreference(
	ask: Ask,
	label: string,
	sequence: number,
	content: string,
): Promise<Preference> {
	return askPreference(ask, "setpref", label, {
		seqid: sequence,
		createdefault: "false",
		content,
	});
}

async function askPreference(
	ask: Ask,
	command: string,
	label: string,
	attributes: Readonly<Record<string, string | number>>,
): Promise<Preference> {
	const [reply] = await ask(command, element("pref", { label, ...attributes }));
	const [pref] = named(reply?.data ?? [], "pref");
	const content = pref && optionalAttribute(pref, "content");
	const seqid = pref && wholeNumber(optionalAttribute(pref, "seqid"));
	return {
		label,
		sequence: seqid ?? 0,
		...(content !== undefined && { content }),
	};
}

/** Those with an id above `afterId`. */
export async function readInvitationsAfter(
	ask: Ask,
	domain: string,
	afterId: string,
): Promise<readonly Invitation[]> {
	const parts = await ask(
		"getinv",
		element("inv", { inviteId: afterId, domain }),
	);
	return parts.flatMap((part) => readInvitations(part.data));
}

/** Those that no client of the user has asked for before. */
export async function readNewInvitations(
	ask: Ask,
	domain: string,
): Promise<readonly Invitation[]> {
	const { sequence } = await readPreference(ask, invitationsLabel, 0);
	const found = await readInvitationsAfter(ask, domain, String(sequence));
	const last = Number(found.at(-1)?.id ?? 0);
	if (last <= sequence) return found;
	await writePreference(ask, invitationsLabel, last, "").catch((error) => {
		// Another client of the user was faster.
		if (!(error instanceof ChatRefused && error.code === 409)) throw error;
	});
	return found;
}
