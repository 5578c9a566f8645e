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

export function writePlace({ room, message }: Place): string {
	if (room === undefined) return "?";
	const id = room.slice(room.lastIndexOf("/") + 1);
	const params = new URLSearchParams({ room: id });
	if (message !== undefined) params.set("message", String(message));
	return `?${params}`;
}
