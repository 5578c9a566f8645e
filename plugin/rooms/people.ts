/** Looking people and groups up, which everybody may. */
import { ChatError } from "../errors.ts";
import type { Directory } from "./directory.ts";
import type { Actor, NamedPrincipal, Principal } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface People {
	/** Users by name, URI or e-mail address, and groups by name. Throws `too-large` for more than 20 words. */
	findPeople(
		actor: Actor,
		criteria: string,
		limit: number,
	): ReturnType<Directory["search"]>;
	/** In the order asked. */
	named(
		actor: Actor,
		principals: readonly Principal[],
	): Promise<readonly NamedPrincipal[]>;
}

const maxWords = 20;

export function createPeople({ directory, limits }: RoomsWork): People {
	return {
		async findPeople(_, criteria, limit) {
			const words = criteria.split(/\s+/).filter((word) => word !== "");
			if (words.length > maxWords) {
				throw new ChatError(
					"too-large",
					`A search takes at most ${maxWords} words.`,
				);
			}
			const most = Math.max(1, Math.min(limit, limits.searchResults));
			return directory.search(words, most);
		},
		named: (_, principals) => directory.named(principals),
	};
}
