/** Whom the SIP network brings along: taken into the directory where the policy of his domain admits him. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import { fittingName } from "./names.ts";
import { personOf } from "./telling.ts";
import type { User, UserUri } from "./types.ts";
import { isUserUri, nameIn } from "./users.ts";
import type { RoomsWork } from "./work.ts";

export interface Admission {
	/** Somebody whom the SIP network asserts and the directory does not know: taken into it where his domain's policy admits him. */
	admit(asserted: {
		readonly uri: UserUri;
		readonly displayName?: string;
		/** Of the request that he came by. */
		readonly callId?: string;
	}): Promise<User | undefined>;
}

export function createAdmission(work: RoomsWork): Admission {
	return { admit: (asserted) => admit(work, asserted) };
}

async function admit(
	work: RoomsWork,
	{ uri, displayName = nameIn(uri), callId }: Parameters<Admission["admit"]>[0],
): Promise<User | undefined> {
	const { store, directory, log } = work;
	const domain = `domain:${uri.slice(uri.lastIndexOf("@") + 1)}` as const;
	if (!isUserUri(uri)) return undefined;
	if ((await store.policies.find(domain))?.admit !== true) return undefined;
	const named = [displayName, nameIn(uri)]
		.filter((name) => work.wire.forbiddenCharacter(name) === undefined)
		.map(fittingName)
		.find((name) => name !== "");
	if (named === undefined) return undefined;
	const guid = randomUUID();
	const user = { uri, displayName: named, guid, active: true };
	try {
		await store.transaction(async (tx) => {
			await tx.users.add(user);
			await tx.outbox.add({
				id: randomUUID(),
				type: "directory-changed",
				at: work.now(),
				actor: { ...personOf(user), ...(callId !== undefined && { callId }) },
				subject: uri,
				before: undefined,
				after: user,
			});
		});
		log.info({ user: uri }, "taken into the directory");
	} catch (error) {
		// Two of his requests came at once, and the other one was first.
		if (!(error instanceof ChatError && error.reason === "name-taken")) {
			throw error;
		}
	}
	return directory.find(uri);
}
