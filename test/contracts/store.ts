/** What every store must do, whatever database it is on: `plugin/store/store.ts`, sentence by sentence. */

import type { OpenStore, StoreUnderTest } from "./samples.ts";
import { absencesContract } from "./store-absences.ts";
import { categoriesContract } from "./store-categories.ts";
import { directoryContract } from "./store-directory.ts";
import { filesContract } from "./store-files.ts";
import { groupsContract } from "./store-groups.ts";
import { invitationsContract } from "./store-invitations.ts";
import { messageSearchContract } from "./store-message-search.ts";
import { messagesContract } from "./store-messages.ts";
import { migrationsContract } from "./store-migrations.ts";
import { outboxContract } from "./store-outbox.ts";
import { participantsContract } from "./store-participants.ts";
import { peopleContract } from "./store-people.ts";
import { phonesContract } from "./store-phones.ts";
import { policyContract } from "./store-policy.ts";
import { presenceContract } from "./store-presence.ts";
import { roomChangesContract } from "./store-room-changes.ts";
import { roomListsContract } from "./store-room-lists.ts";
import { roomsContract } from "./store-rooms.ts";
import { signInLinksContract } from "./store-sign-in-links.ts";
import { transactionsContract } from "./store-transactions.ts";
import { upgradeContract } from "./store-upgrade.ts";
import { webSessionsContract } from "./store-web-sessions.ts";

export type { OpenStore, StoreUnderTest } from "./samples.ts";

/** `open` gives a store on a fresh, empty database each time. */
export function storeContract(name: string, open: OpenStore): void {
	describe(`the store on ${name}`, () => {
		let opened: StoreUnderTest;
		before("opens a fresh database", async () => {
			opened = await open();
		});
		after("drops it", () => opened?.close());

		const current = () => opened;
		peopleContract(current);
		groupsContract(current);
		policyContract(current);
		directoryContract(current);
		categoriesContract(current);
		roomsContract(current);
		roomChangesContract(current);
		roomListsContract(current);
		messagesContract(current);
		messageSearchContract(current);
		invitationsContract(current);
		participantsContract(current);
		phonesContract(current);
		presenceContract(current);
		absencesContract(current);
		filesContract(current);
		webSessionsContract(current);
		signInLinksContract(current);
		transactionsContract(current);
		outboxContract(open);
		migrationsContract(open);
		upgradeContract(open);
	});
}
