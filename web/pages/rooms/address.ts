/** What is looked at, in the address: `?room=<id>`, `?new`, or nothing: the list. */

export type Place =
	| { readonly at: "list" }
	| { readonly at: "new" }
	| { readonly at: "room"; readonly room: string };

export function readPlace(search: string): Place {
	const params = new URLSearchParams(search);
	const room = params.get("room") ?? "";
	if (/^[\w-]{1,100}$/.test(room)) return { at: "room", room };
	return { at: params.has("new") ? "new" : "list" };
}

export function writePlace(place: Place): string {
	if (place.at === "room")
		return `?${new URLSearchParams({ room: place.room })}`;
	return place.at === "new" ? "?new" : "?";
}
