/** What is looked at, in the address: `?room=<id>`, and `&message=<number>` while a message was jumped to. */

export interface Place {
	/** `ma-chan://…`; undefined: the list of rooms. */
	readonly room?: string;
	readonly message?: number;
}

export function readPlace(search: string, domain: string): Place {
	const params = new URLSearchParams(search);
	const room = params.get("room") ?? "";
	const message = Number(params.get("message"));
	if (!/^[\w-]{1,100}$/.test(room)) return {};
	const isNumber = Number.isSafeInteger(message) && message > 0;
	return {
		room: `ma-chan://${domain}/${room}`,
		...(isNumber && { message }),
	};
}

/** What a link to sign in holds: behind the `#`, where no server and no log gets it. */
export function linkTokenIn(hash: string): string | undefined {
	return /^#sign-in=([\w-]{1,100})$/.exec(hash)?.[1];
}

/** Why an OpenID provider has brought nobody. */
export function refusalIn(hash: string): string | undefined {
	const why = /^#sign-in-refused=([\w-]{1,30})$/.exec(hash)?.[1];
	return why === undefined
		? undefined
		: (refusals[why] ?? "Nobody could be signed in. Try again.");
}

const refusals: Readonly<Record<string, string>> = {
	again: "That took too long, or began in another browser. Try again.",
	provider:
		"What your organisation's sign-in service said could not be believed. Try again, or ask your administrator.",
	unknown:
		"Your organisation knows you, but persistent chat does not. Ask your administrator.",
	"not-enabled": "Persistent chat is not for you. Ask your administrator.",
};

export function writePlace({ room, message }: Place): string {
	if (room === undefined) return "?";
	const id = room.slice(room.lastIndexOf("/") + 1);
	const params = new URLSearchParams({ room: id });
	if (message !== undefined) params.set("message", String(message));
	return `?${params}`;
}
