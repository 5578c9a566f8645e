/** Whom one may mean by what he types: people and groups of the directory, and a whole domain. */
import type { Findings } from "../type-ahead.ts";
import type { Principal } from "./room.ts";

const domainShape = /^(?:domain:|@)?((?:[a-z0-9-]+\.)+[a-z0-9-]+)$/i;

/** `ownDomain`: what "everybody" means. */
export async function findPrincipals(
	inDirectory: (words: string) => Promise<Findings<Principal>>,
	words: string,
	ownDomain: string,
): Promise<Findings<Principal>> {
	const { found, more } = await inDirectory(words);
	const domain = domainOf(words, ownDomain);
	return { found: [...found, ...(domain ? [domain] : [])], more };
}

function domainOf(words: string, ownDomain: string): Principal | undefined {
	const meansAll =
		words.length > 2 && "everybody".startsWith(words.toLowerCase());
	const domain = meansAll ? ownDomain : domainShape.exec(words)?.[1];
	if (domain === undefined) return undefined;
	const principal = `domain:${domain.toLowerCase()}`;
	return { principal, name: principal, known: true };
}
