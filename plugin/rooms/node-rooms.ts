/** What this program does with rooms by itself, on nobody's behalf: behind no door, and so without an actor. */
import { type Admission, createAdmission } from "./admission.ts";
import { createFileKeeping, type FileKeeping } from "./file-keeping.ts";
import { createTokenRedemption, type TokenRedemption } from "./file-tokens.ts";
import { createHearing, type Hearing } from "./hearing.ts";
import { createLeftovers, type Leftovers } from "./leftovers.ts";
import { createNewContents, type NewContents } from "./new-content.ts";
import { createPhoneRooms, type PhoneRooms } from "./phone-news.ts";
import type { Principal, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface NodeRooms
	extends Admission,
		Leftovers,
		NewContents,
		Hearing,
		FileKeeping,
		TokenRedemption,
		PhoneRooms {
	/** Those of the users who hold one of the principals. */
	holding(
		users: readonly UserUri[],
		principals: readonly Principal[],
	): Promise<readonly UserUri[]>;
}

export function createNodeRooms(work: RoomsWork): NodeRooms {
	const newContents = createNewContents(work);
	const hearing = createHearing(work, newContents);
	return {
		...createAdmission(work),
		...createLeftovers(work),
		...newContents,
		...hearing,
		...createPhoneRooms(work, hearing),
		...createFileKeeping(work),
		...createTokenRedemption(work),
		async holding(users, principals) {
			const wanted = new Set(principals);
			const holders = await work.directory.holders(users);
			return users.filter((user) =>
				holders.get(user)?.principals.some((each) => wanted.has(each)),
			);
		},
	};
}
