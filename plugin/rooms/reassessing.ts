/**
 * Looking anew at those whose rights a change concerns: at once, and where the database does not answer again and again, with
 * back-off, until it has been done. What is owed so is kept in memory alone: with the node everybody is out of his rooms.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
	type Reassessment,
	reassessCategory,
	reassessEverybody,
	reassessHolders,
	reassessRoom,
} from "./reassessment.ts";
import { tellCategoryShown, tellRoomShown } from "./shown.ts";
import type { CategoryId, Principal, RoomId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Who is to be looked at. `shown`: what clients show of it is other now, and they are told so. */
export type Scope =
	| {
			readonly of: "room";
			readonly room: RoomId;
			readonly how?: Reassessment;
			/** `after`: not to those who are out by the change. */
			readonly shown?: "before" | "after" | undefined;
	  }
	| {
			readonly of: "category";
			readonly category: CategoryId;
			readonly shown?: boolean;
	  }
	| { readonly of: "holders"; readonly principals: readonly Principal[] }
	| { readonly of: "everybody" };

export interface Reassessing {
	/** Resolves when it has been tried; false: it could not be done yet, and is tried again until it is. Never rejects. */
	look(scope: Scope): Promise<boolean>;
	/** It is looked at soon. */
	owe(scope: Scope): void;
	/** What is owed is tried now; resolves when that, and every look under way, has been. */
	catchUp(): Promise<void>;
	/** Resolves when nothing is tried any more. */
	close(): Promise<void>;
}

/** Different rooms, categories and principals that are owed; more are taken together as everybody. */
const maxOwed = 1_000;
const maxPrincipals = 10_000;
const backOffMs = { first: 250, last: 15_000 };

type Work = Omit<RoomsWork, "reassessing" | "settling">;

export function createReassessing(work: Work): Reassessing {
	const closing = new AbortController();
	const { signal } = closing;
	const owed = new Map<string, Scope>();
	const running = new Set<Promise<unknown>>();
	let again: Promise<void> | undefined;

	async function attempt(scope: Scope): Promise<boolean> {
		try {
			await carryOut(work, scope);
			return true;
		} catch (error) {
			work.log.error({ err: error }, "rights not looked at anew; again soon");
			soon(scope);
			return false;
		}
	}

	function soon(scope: Scope): void {
		owe(owed, scope);
		if (!signal.aborted) again ??= workOff();
	}

	async function catchUp(): Promise<boolean> {
		const scopes = [...owed.values()];
		owed.clear();
		let done = true;
		for (const scope of scopes) {
			// One that fails says that the others would.
			if (done && !signal.aborted) done = await attempt(scope);
			else owe(owed, scope);
		}
		return done;
	}

	async function workOff(): Promise<void> {
		let waitMs = backOffMs.first;
		while (owed.size > 0 && !signal.aborted) {
			await pause(waitMs, undefined, { signal }).catch(() => {});
			waitMs = (await catchUp())
				? backOffMs.first
				: Math.min(2 * waitMs, backOffMs.last);
		}
		again = undefined;
	}

	function noted<T>(promise: Promise<T>): Promise<T> {
		const ended = promise.finally(() => running.delete(ended));
		running.add(ended);
		return ended;
	}

	return {
		look: (scope) => noted(attempt(scope)),
		owe: soon,
		async catchUp() {
			// What is being looked at is not owed at the moment, and may be before it has ended.
			await Promise.allSettled(running);
			await noted(catchUp());
		},
		async close() {
			closing.abort();
			await again;
			await Promise.all(running);
		},
	};
}

async function carryOut(work: Work, scope: Scope): Promise<void> {
	switch (scope.of) {
		case "room":
			if (scope.shown === "before") await tellRoomShown(work, scope.room);
			await reassessRoom(work, scope.room, scope.how);
			if (scope.shown === "after") await tellRoomShown(work, scope.room);
			return;
		case "category":
			await reassessCategory(work, scope.category);
			if (scope.shown) await tellCategoryShown(work, scope.category);
			return;
		case "holders":
			return reassessHolders(work, scope.principals);
		case "everybody":
			return reassessEverybody(work);
	}
}

/** Each room and category is owed once, and all holders together. */
function owe(owed: Map<string, Scope>, scope: Scope): void {
	const key = keyOf(scope);
	const before = owed.get(key);
	const both = before === undefined ? owable(scope) : merged(before, scope);
	owed.set(keyOf(both), both);
	if (owed.size > maxOwed) owed.clear();
	if (owed.size === 0 || both.of === "everybody") {
		owed.set("everybody", { of: "everybody" });
	}
}

function keyOf(scope: Scope): string {
	if (scope.of === "room") return `room ${scope.room}`;
	return scope.of === "category" ? `category ${scope.category}` : scope.of;
}

/** Later nobody knows whether it is still to be removed: a room that is disabled keeps nobody anyway. */
export function owable(scope: Scope): Scope {
	if (scope.of === "holders" && scope.principals.length > maxPrincipals) {
		return { of: "everybody" };
	}
	if (scope.of !== "room" || scope.how === undefined) return scope;
	const { gone: _, ...how } = scope.how;
	return { ...scope, how };
}

function merged(one: Scope, other: Scope): Scope {
	if (one.of === "room" && other.of === "room") {
		const [a = {}, b = {}] = [one.how, other.how];
		const only =
			a.only === undefined || b.only === undefined
				? undefined
				: [...new Set([...a.only, ...b.only])];
		return {
			of: "room",
			room: one.room,
			how: {
				typeChanged: a.typeChanged === true || b.typeChanged === true,
				...(only !== undefined && only.length <= maxOwed && { only }),
			},
			shown: one.shown === "after" ? "after" : (other.shown ?? one.shown),
		};
	}
	if (one.of === "category" && other.of === "category") {
		return { ...one, shown: one.shown === true || other.shown === true };
	}
	if (one.of === "holders" && other.of === "holders") {
		const principals = new Set([...one.principals, ...other.principals]);
		return owable({ of: "holders", principals: [...principals] });
	}
	return { of: "everybody" };
}
