/** The dialogs that are open on this node, with whose they are: begun, superseded, ended, counted. */
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Lost } from "../rooms/departures.ts";
import type { RoomId, UserUri } from "../rooms/types.ts";
import type { Session, Sessions } from "../sessions/index.ts";
import type { ChatDialog } from "./dialog.ts";
import type { Parting } from "./parting.ts";
import type { Connection } from "./relayed.ts";

export interface Guest {
	readonly session: Session;
	readonly dialog: ChatDialog;
	readonly socket: Socket;
	/** The client's device and the address that it called, as far as it says. */
	readonly device: string | undefined;
	/** It is ended when its client has asked for nothing for so long. */
	readonly maxIdleMs?: number | undefined;
	/** At the web door, by whose ticket the client signed in. */
	readonly webSession?: string | undefined;
	/** Of a page whose SIP is relayed. */
	readonly connection?: Connection | undefined;
}

export interface Guests {
	/** A new dialog of the same device takes the place of the old one, which a crash has left behind. */
	add(guest: Guest): void;
	/** The dialog has ended: the session hears nothing more, and parts its rooms. `left`: by the client's wish. */
	remove(session: Session, left: boolean): void;
	/** Resolves when the earlier sessions of the device have parted. */
	free(device: string): Promise<void>;
	/** Dialogs of this user that a new one of this device would not replace. */
	othersOf(user: UserUri, device: string | undefined): number;
	/** Everybody who has a dialog here. */
	users(): readonly UserUri[];
	/** Ends all dialogs of this user. */
	endOf(user: UserUri, reason: string): void;
	/** Those at the web door by which clients signed in here. */
	webSessions(): readonly string[];
	/** Ends the dialogs that came by this session at the web door. */
	endOfWebSession(webSession: string, reason: string): void;
	/** Ends the dialogs of a page that has closed its connection, and with it all that could answer. */
	endOfConnection(connection: Connection): void;
	/** The control connection is gone, and with it these dialogs: so many. */
	lost(socket: Socket): number;
	/** Asks those who have been silent for so long whether they are there. */
	probeSilent(silentMs: number): void;
	/** Ends those that have been idle for as long as they may be. */
	endIdle(): void;
	endAll(reason: string): void;
	/** What waits for all of them. */
	waiting(): { readonly bodies: number; readonly bytes: number };
	/** Resolves when no client is owed anything, or after so long. */
	settled(withinMs: number): Promise<void>;
}

const lookMs = 20;

export function createGuests(sessions: Sessions, parting: Parting): Guests {
	const bySession = new Map<Session, Guest>();
	const byUser = new Map<UserUri, Set<Guest>>();

	return {
		add(guest) {
			const { uri } = guest.session.actor;
			for (const { device, dialog } of byUser.get(uri) ?? []) {
				if (device !== undefined && device === guest.device) {
					dialog.end("superseded by a new sign-in of the same device");
				}
			}
			bySession.set(guest.session, guest);
			byUser.set(uri, (byUser.get(uri) ?? new Set()).add(guest));
			sessions.add(guest.session);
		},
		remove(session, left) {
			const guest = bySession.get(session);
			if (guest === undefined) return;
			bySession.delete(session);
			const others = byUser.get(session.actor.uri);
			others?.delete(guest);
			if (others?.size === 0) byUser.delete(session.actor.uri);
			const lost = left ? undefined : lostBy(session);
			sessions.remove(session);
			parting.part(session, lost);
		},
		free: (device) => parting.free(device),
		othersOf(user, device) {
			const all = [...(byUser.get(user) ?? [])];
			return all.filter(
				(guest) => device === undefined || guest.device !== device,
			).length;
		},
		users: () => [...byUser.keys()],
		endOf(user, reason) {
			for (const { dialog } of [...(byUser.get(user) ?? [])]) {
				dialog.end(reason);
			}
		},
		webSessions: () => [
			...new Set(
				[...bySession.values()].flatMap(({ webSession }) => webSession ?? []),
			),
		],
		endOfWebSession(webSession, reason) {
			for (const guest of [...bySession.values()]) {
				if (guest.webSession === webSession) guest.dialog.end(reason);
			}
		},
		endOfConnection(connection) {
			for (const guest of [...bySession.values()]) {
				if (guest.connection === connection) {
					guest.dialog.end("the page has closed its connection");
				}
			}
		},
		lost(socket) {
			const its = [...bySession.values()].filter(
				(guest) => guest.socket === socket,
			);
			for (const { dialog } of its) dialog.lost();
			return its.length;
		},
		probeSilent(silentMs) {
			for (const { dialog } of [...bySession.values()]) {
				if (dialog.silentMs() > silentMs) dialog.probe();
			}
		},
		endIdle() {
			for (const { dialog, maxIdleMs = Infinity } of [...bySession.values()]) {
				if (dialog.idleMs() > maxIdleMs) dialog.end("idle");
			}
		},
		async settled(withinMs) {
			const endAt = performance.now() + withinMs;
			const owed = () =>
				[...bySession.values()].some(({ dialog }) => dialog.owes());
			while (owed() && performance.now() < endAt) await pause(lookMs);
		},
		waiting() {
			let [bodies, bytes] = [0, 0];
			for (const { dialog } of bySession.values()) {
				const its = dialog.waiting();
				bodies += its.bodies;
				bytes += its.bytes;
			}
			return { bodies, bytes };
		},
		endAll(reason) {
			for (const { dialog } of [...bySession.values()]) dialog.end(reason);
		},
	};
}

/** What the client believes to be in, as far as it comes back as the one it was. */
function lostBy({ device, feeds }: Session): Lost | undefined {
	if (device === undefined) return undefined;
	const heard = new Map<RoomId, number>();
	for (const [room, feed] of feeds) {
		if (feed.heard !== undefined) heard.set(room, feed.heard);
	}
	return { device: device.key, heard };
}
