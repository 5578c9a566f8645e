/** Who answers what is asked of the chat service by SIP, each made of what it needs of the others. */

import { type Conferences, createConferences } from "./conference/index.ts";
import { createDismissal, type Dismissal } from "./dismissal.ts";
import type { DrachtioServer } from "./drachtio.ts";
import type { EndpointNeeds } from "./endpoint-needs.ts";
import type { Guests } from "./guests.ts";
import { createInviting, type Inviting } from "./invite.ts";
import { createPhones, type Phones } from "./phones/index.ts";
import { createPublishing, type Publishing } from "./publishing.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

export interface AnswererNeeds extends EndpointNeeds {
	readonly createUAS: DrachtioServer["createUAS"];
	readonly guests: Guests;
}

export interface Answerers {
	readonly inviting: Inviting;
	readonly subscriptions: Subscriptions;
	readonly conferences: Conferences;
	readonly publishing: Publishing;
	readonly phones: Phones;
	readonly dismissal: Dismissal;
}

export function createAnswerers(needs: AnswererNeeds): Answerers {
	const { service, guests } = needs;
	const publishing = createPublishing(needs);
	const dismissal = createDismissal({
		...needs,
		guests: {
			users: () => [
				...new Set([
					...guests.users(),
					...subscriptions.users(),
					...conferences.users(),
				]),
			],
			endOf(user, reason) {
				guests.endOf(user, reason);
				subscriptions.endOf(user);
				conferences.endOf(user);
			},
		},
	});
	const all = { ...service, ...needs, publishing, dismissal };
	const subscriptions = createSubscriptions(all);
	const conferences = createConferences(all);
	return {
		...{ publishing, dismissal, subscriptions, conferences },
		inviting: createInviting(all),
		phones: createPhones(all),
	};
}
