/** The rooms that this client is in: kept true by what the service replies and notices. */
import type { XmlElement } from "../plugin/xccos/xml.ts";
import { Delivery } from "./delivery.ts";
import { readModerated } from "./moderation.ts";
import type { ChatEvents, Person, Room, RoomInfo } from "./types.ts";
import {
	readFollowed,
	readInvitations,
	readJoinedRooms,
	readJoins,
	readParts,
	readRooms,
} from "./xccos/blocks.ts";
import type { Notice, Reply } from "./xccos/envelope.ts";
import { filled, named } from "./xccos/read.ts";

export type Tell = <Name extends keyof ChatEvents>(
	name: Name,
	value: ChatEvents[Name],
) => void;

class JoinedRoom implements Room {
	info: RoomInfo;
	readonly people = new Map<string, Person>();
	readonly delivery: Delivery;

	constructor(info: RoomInfo, tell: Tell) {
		this.info = info;
		this.delivery = new Delivery((message) => tell("message", message));
	}

	enter(person: Person): boolean {
		const key = person.uri.toLowerCase();
		const isNew = !this.people.has(key);
		this.people.set(key, person);
		return isNew;
	}

	leave(uri: string): Person | undefined {
		const key = uri.toLowerCase();
		const person = this.people.get(key);
		this.people.delete(key);
		return person;
	}
}

export type { JoinedRoom };

export class JoinedRooms {
	readonly #rooms = new Map<string, JoinedRoom>();
	readonly #tell: Tell;

	constructor(tell: Tell) {
		this.#tell = tell;
	}

	get all(): ReadonlyMap<string, JoinedRoom> {
		return this.#rooms;
	}

	/** Replies that change where we are; called as they come in, before anything that follows them. */
	reply(reply: Reply): void {
		if (reply.code !== 200) return;
		if (reply.id === "join" || reply.id === "bjoin") this.#joined(reply.data);
		if (reply.id === "part") {
			for (const { uri } of readRooms(reply.data)) this.#rooms.delete(uri);
		}
	}

	#joined(data: readonly XmlElement[]): void {
		for (const { info, people } of readJoinedRooms(data)) {
			const known = this.#rooms.get(info.uri);
			const room = known ?? new JoinedRoom(info, this.#tell);
			this.#rooms.set(info.uri, room);
			room.info = info;
			if (known && info.rosterHidden) room.people.clear();
			if (known && !info.rosterHidden) this.#compareRoster(room, people);
			else for (const person of people) room.enter(person);
		}
	}

	/** Joined again: tells who came and went in the meantime. */
	#compareRoster(room: JoinedRoom, people: readonly Person[]): void {
		const here = new Set(people.map((person) => person.uri.toLowerCase()));
		for (const uri of [...room.people.keys()]) {
			if (!here.has(uri)) this.#left(room, uri);
		}
		for (const person of people) this.#entered(room, person);
	}

	#entered(room: JoinedRoom, person: Person): void {
		if (room.enter(person)) this.#tell("joined", { room, person });
	}

	#left(room: JoinedRoom, uri: string): void {
		const person = room.leave(uri);
		if (person) this.#tell("parted", { room, person });
	}

	notice({ id, data }: Notice): void {
		switch (id) {
			case "join":
			case "bjoin":
				for (const { room, person } of readJoins(data)) {
					const joined = this.#rooms.get(room);
					if (joined) this.#entered(joined, person);
				}
				break;
			case "part":
				for (const { room, user } of readParts(data)) {
					const joined = this.#rooms.get(room);
					if (joined) this.#left(joined, user);
				}
				break;
			case "quit":
				for (const uib of named(data, "uib")) this.#quit(filled(uib, "uri"));
				break;
			case "kick":
				for (const chanib of named(data, "chanib")) {
					const why = filled(chanib, "reason") ?? "you were removed from it";
					this.remove(filled(chanib, "uri") ?? "", why);
				}
				break;
			case "permissions":
				for (const { room, person } of readJoins(data)) {
					this.#permitted(room, person);
				}
				break;
			case "roster":
				for (const { uri, rosterHidden = false } of readRooms(data)) {
					const room = this.#rooms.get(uri);
					if (room) room.info = { ...room.info, rosterHidden };
				}
				break;
			case "chanmodify":
				for (const info of readRooms(data)) this.#changed(info);
				break;
			case "chatdelete":
				for (const { room, runs } of readModerated(data)) {
					const joined = this.#rooms.get(room);
					if (joined) this.#tell("deleted", { room: joined, runs });
				}
				break;
			case "chatmodify":
				for (const { room, runs, text } of readModerated(data)) {
					const joined = this.#rooms.get(room);
					if (joined) this.#tell("replaced", { room: joined, runs, text });
				}
				break;
			case "newcontent":
				for (const room of readFollowed(data)) this.#tell("newContent", room);
				break;
			case "inv":
				for (const invitation of readInvitations(data)) {
					this.#tell("invitation", invitation);
				}
				break;
		}
	}

	#quit(uri: string | undefined): void {
		if (uri === undefined) return;
		for (const room of this.#rooms.values()) this.#left(room, uri);
	}

	#changed(info: RoomInfo): void {
		const room = this.#rooms.get(info.uri);
		if (!room) return;
		const before = room.info;
		// What a short notice does not name stays, but for an add-in: it is taken away so.
		const { addIn: _, ...kept } = before;
		room.info = { ...kept, ...info };
		this.#tell("roomChanged", { room, before });
	}

	#permitted(uri: string, person: Person): void {
		const room = this.#rooms.get(uri);
		if (!room) return;
		const before = room.people.get(person.uri.toLowerCase());
		// In a room too large for a list only one's own rights are told.
		if (before) room.enter(person);
		this.#tell("permissionsChanged", {
			room,
			person,
			...(before && { before }),
		});
	}

	/** We are not in it any more, against our will. */
	remove(uri: string, why: string): void {
		const room = this.#rooms.get(uri);
		if (!room) return;
		this.#rooms.delete(uri);
		this.#tell("kicked", { room, why });
	}
}
