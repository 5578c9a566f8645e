/** What was written and not posted yet: kept by this tab of the browser, so that it survives a reload; gone at sign-out. */

export interface Drafts {
	read(room: string): string;
	/** An empty text is forgotten. Never throws: a browser that keeps nothing does not stop anybody writing. */
	keep(room: string, text: string): void;
}

/** What of the browser's `sessionStorage` is used. */
export interface TabStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
	removeItem(key: string): void;
}

/** Of the rooms written in last so many. */
export const mostDrafts = 20;
/** Of a longer one the beginning is kept. */
export const draftLength = 20_000;

const key = "drafts";

type Entry = readonly [room: string, text: string];

/** What somebody else has left in this tab is forgotten. */
export function openDrafts(user: string, storage: TabStorage): Drafts {
	let entries: readonly Entry[] = draftsIn(storage.getItem(key), user);
	if (entries.length === 0) storage.removeItem(key);
	return {
		read: (room) => entries.find(([of]) => of === room)?.[1] ?? "",
		keep(room, text) {
			const others = entries.filter(([of]) => of !== room);
			const entry: Entry = [room, text.slice(0, draftLength)];
			entries = (text === "" ? others : [entry, ...others]).slice(
				0,
				mostDrafts,
			);
			try {
				storage.setItem(key, JSON.stringify({ user, entries }));
			} catch {
				storage.removeItem(key);
			}
		},
	};
}

export function forgetDrafts(storage: TabStorage): void {
	storage.removeItem(key);
}

function draftsIn(kept: string | null, user: string): readonly Entry[] {
	try {
		const { user: whose, entries } = JSON.parse(kept ?? "{}");
		if (whose !== user || !Array.isArray(entries)) return [];
		return entries.filter(isEntry).slice(0, mostDrafts);
	} catch {
		return [];
	}
}

function isEntry(value: unknown): value is Entry {
	return (
		Array.isArray(value) &&
		value.length === 2 &&
		value.every((each) => typeof each === "string")
	);
}
