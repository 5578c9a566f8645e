/** What the person types for a room (its name, id or URI) and for people (a name, an address, a group) → what the service knows it by. */
import {
	type ChatClient,
	ChatRefused,
	type Principal,
	type RoomInfo,
} from "../index.ts";
import { listed } from "./listed.ts";
import { Misuse } from "./wording.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Undefined when one sees none. Throws `Misuse` when several have the name. */
export async function findRoom(
	chat: ChatClient,
	text: string,
): Promise<RoomInfo | undefined> {
	if (/^ma-chan:/i.test(text)) return roomAt(chat, text);
	if (guid.test(text)) {
		const uri = `ma-chan://${chat.domain}/${text.toLowerCase()}`;
		const room = await roomAt(chat, uri);
		if (room) return room;
	}
	const [room, ...others] = await chat.roomsNamed(text);
	if (others.length === 0) return room;
	const ids = [room, ...others].map((each) => {
		const description = each?.description ? ` (${each.description})` : "";
		return `${idOf(each?.uri ?? "")}${description}`;
	});
	throw new Misuse(
		`${ids.length} rooms are called "${text}": say which by its id, ${ids.join(" or ")}.`,
	);
}

/** Throws `Misuse` when one sees no such room. */
export async function demandRoom(
	chat: ChatClient,
	text: string,
): Promise<RoomInfo> {
	const room = await findRoom(chat, text);
	if (room) return room;
	throw new Misuse(`There is no room "${text}" that you may see: try /rooms.`);
}

/** The last part of a room's URI. */
export function idOf(uri: string): string {
	return uri.slice(uri.lastIndexOf("/") + 1);
}

async function roomAt(
	chat: ChatClient,
	uri: string,
): Promise<RoomInfo | undefined> {
	const joined = chat.joined.get(uri)?.info;
	if (joined) return joined;
	try {
		return (await chat.administration.info(uri)).info;
	} catch (error) {
		if (error instanceof ChatRefused && [400, 404].includes(error.code)) {
			return undefined;
		}
		throw error;
	}
}

/** The URI of a user, a domain or a group; `among`: those who come into question first. Throws `Misuse`. */
export async function principalNamed(
	chat: ChatClient,
	text: string,
	among: readonly Principal[] = [],
): Promise<string> {
	const known = among.filter((each) => isCalled(each, text));
	if (known.length === 1 && known[0]) return known[0].uri;
	if (/^(sips?|domain|ma-grp):/i.test(text)) return text.toLowerCase();
	if (text.includes("@")) return `sip:${text.toLowerCase()}`;
	const words = text.replace(/^group:/i, "");
	const { principals } = await chat.administration.people(words);
	const [one, ...others] = principals.filter((each) => isCalled(each, text));
	if (one && others.length === 0) return one.uri;
	if (one) {
		const all = [one, ...others].map(principalText).join(" or ");
		throw new Misuse(`Several are called "${text}": say which, ${all}.`);
	}
	const like = principals.slice(0, 5).map(principalText).join(" or ");
	const hint = like === "" ? "" : ` Is it ${like} that you mean?`;
	throw new Misuse(`There is nobody called "${text}".${hint}`);
}

/** `alice@example.com`, `domain:example.com`, `group:Traders`: as it can be written in a list. */
export function principalText({ uri, name, kind }: Principal): string {
	if (kind === "group") return `group:${listed(name)}`;
	return uri.replace(/^sip:/, "");
}

function isCalled({ name, uri, kind }: Principal, text: string): boolean {
	const address = uri.replace(/^sips?:/, "");
	const also =
		kind === "user"
			? [address, address.split("@")[0] ?? ""]
			: kind === "group"
				? [`group:${name}`]
				: [];
	const wanted = text.toLowerCase();
	return [name, uri, ...also].some((each) => each.toLowerCase() === wanted);
}
