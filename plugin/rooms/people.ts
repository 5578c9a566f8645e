/** Looking people and groups up, which everybody may. */
import type { Directory } from "./directory.ts";
import type { Actor, NamedPrincipal, Principal } from "./types.ts";
import { wordsOf } from "./wording.ts";
import type { RoomsWork } from "./work.ts";

export interface People {
	/** Users by name, URI or e-mail address, and groups by name. Throws `too-large` as `wordsOf` does. */
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

export function createPeople({ directory, limits }: RoomsWork): People {
	return {
		async findPeople(_, criteria, limit) {
			const words = wordsOf(criteria);
			const most = Math.max(1, Math.min(limit, limits.searchResults));
			return directory.search(words, most);
		},
		named: (_, principals) => directory.named(principals),
	};
}
