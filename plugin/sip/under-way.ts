/** Requests that let a user in, while they are answered: they count as what they open, and policy can turn him off meanwhile. */
import type { User, UserUri } from "../rooms/types.ts";
import type { Dismissal } from "./dismissal.ts";

export interface UnderWay {
	/** Requests of this user that are opening something. */
	of(user: UserUri): number;
	/** Counts for the user until `open` is done. */
	count(user: UserUri, open: () => Promise<void>): Promise<void>;
	/**
	 * `answer` finds out who it is and opens something for him; it resolves with whom it let in, and so does this. If policy
	 * has changed since he was found enabled, when he had nothing yet that could be ended, he is looked at again.
	 */
	admit(answer: () => Promise<User | undefined>): Promise<User | undefined>;
}

export function createUnderWay(
	dismissal: Pick<Dismissal, "generation" | "dismiss">,
): UnderWay {
	const counts = new Map<UserUri, number>();
	return {
		of: (user) => counts.get(user) ?? 0,
		async count(user, open) {
			counts.set(user, (counts.get(user) ?? 0) + 1);
			try {
				await open();
			} finally {
				const left = (counts.get(user) ?? 1) - 1;
				if (left > 0) counts.set(user, left);
				else counts.delete(user);
			}
		},
		async admit(answer) {
			const { generation } = dismissal;
			const user = await answer();
			if (user !== undefined && dismissal.generation !== generation) {
				dismissal.dismiss([user.uri]);
			}
			return user;
		},
	};
}
