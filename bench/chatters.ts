/** Crowds of the two applications that are compared: of the chat service, each in its rooms, and of the bare one, which only echoes. */
import type { RoomId } from "../plugin/rooms/types.ts";
import { personUri, serviceUri } from "./chat-service.ts";
import { type Crowd, callAll, gather } from "./crowd.ts";
import type { Scene } from "./scene.ts";

export interface ChattersOptions {
	/** The first of the people, and how many. */
	readonly first: number;
	readonly count: number;
	/** Of those, by number from 0 on. */
	roomsOf(index: number): readonly (RoomId | undefined)[];
	/** Option tags. */
	readonly supported?: string;
	/** Who join at once. */
	readonly atOnce?: number;
	onBody(body: Buffer, client: number): void;
}

/** All of them have signed in and joined. */
export async function chatters(
	{ sipServer }: Scene,
	{ first, count, roomsOf, supported, atOnce = 10, onBody }: ChattersOptions,
): Promise<Crowd> {
	const joining = new Map<number, () => void>();
	const crowd = await gather({
		...sipServer.sip,
		users: Array.from({ length: count }, (_, i) => personUri(first + i)),
		service: serviceUri,
		...(supported !== undefined && { supported }),
		onBody(client, body) {
			if (joining.size === 0 || !body.includes("rpl:bjoin")) {
				onBody(body, client);
			} else if (!body.includes('more="true"')) {
				joining.get(client)?.();
				joining.delete(client);
			}
		},
	});
	await callAll(crowd);
	let next = 0;
	const joinOn = async () => {
		while (next < count) {
			const client = next++;
			const joined = new Promise<void>((done) => joining.set(client, done));
			crowd.tell(client, joinOf(roomsOf(client)));
			await joined;
		}
	};
	await Promise.all(Array.from({ length: atOnce }, joinOn));
	return crowd;
}

export function joinOf(rooms: readonly (RoomId | undefined)[]): string {
	const chanids = rooms.map(
		(room, key) =>
			`<chanid key="${key}" domain="example.com" value="${room}"/>`,
	);
	return command(1, "cmd:bjoin", chanids.join(""));
}

/** Out of the room, and in again. */
export function comingBackTo(
	room: RoomId | undefined,
	envid: number,
): readonly string[] {
	const uri = `<chanib uri="ma-chan://example.com/${room}"/>`;
	const id = `<chanid key="0" domain="example.com" value="${room}"/>`;
	return [command(envid, "cmd:part", uri), command(envid + 1, "cmd:join", id)];
}

export function historyOf(
	room: RoomId | undefined,
	count: number,
	envid: number,
): string {
	return command(
		envid,
		"cmd:bccontext",
		`<chanib uri="ma-chan://example.com/${room}"/><bcq><last cnt="${count}"/></bcq>`,
	);
}

function command(envid: number, id: string, data: string): string {
	return `<xccos ver="1" envid="${envid}" xmlns="urn:parlano:xml:ns:xccos"><cmd id="${id}" seqid="1"><data>${data}</data></cmd></xccos>`;
}

export interface Echoes {
	readonly crowd: Crowd;
	readonly processId: number | undefined;
	/** One of them sends this, and so many from the first on have it. */
	send(body: string, from: number, first: number, people: number): void;
}

/** The bare application, and all who have called it. */
export async function echoes(
	scene: Scene,
	count: number,
	onBody: (body: Buffer) => void,
): Promise<Echoes> {
	const bare = await scene.beside("bare-echo", scene.sipServer.admin);
	const crowd = await gather({
		...scene.sipServer.sip,
		users: Array.from({ length: count }, (_, i) => personUri(i)),
		service: "sip:bare@example.com",
		onBody: (_, body) => onBody(body),
	});
	// One after another: it knows them in this order.
	await callAll(crowd, 1);
	return {
		crowd,
		processId: bare.pid,
		send: (body, from, first, people) =>
			crowd.tell(from, `${first} ${people} ${body}`),
	};
}
