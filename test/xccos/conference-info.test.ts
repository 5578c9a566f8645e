/** Who is in a room, as RFC 4575 writes it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { UserUri } from "../../plugin/rooms/types.ts";
import {
	type ConferenceState,
	encodeConferenceChange,
	encodeWholeConference,
	isSameConference,
} from "../../plugin/xccos/conference-info.ts";

const entity = "sip:room.lobby@example.com";
const about = { entity, version: 7, budgetBytes: 11_000 };

function stateOf(
	names: readonly string[],
	more: Partial<ConferenceState> = {},
): ConferenceState {
	const users = new Map(
		names.map((name) => [
			`sip:${name.toLowerCase()}@example.com` as UserUri,
			name,
		]),
	);
	const count = users.size;
	return { name: "Lobby", description: "", count, users, ...more };
}

describe("conference-info", () => {
	it("says all there is", () => {
		const { body } = encodeWholeConference(
			about,
			stateOf(["Bob & Co"], { description: "For <all>" }),
		);
		equal(
			body,
			`<?xml version="1.0" encoding="UTF-8"?>
<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:room.lobby@example.com" state="full" version="7"><conference-description><display-text>Lobby</display-text><subject>For &lt;all&gt;</subject></conference-description><conference-state><user-count>1</user-count><active>true</active></conference-state><users><user entity="sip:bob &amp; co@example.com" state="full"><display-text>Bob &amp; Co</display-text><endpoint entity="sip:bob &amp; co@example.com"><status>connected</status></endpoint></user></users></conference-info>`,
		);
	});

	it("says who has come, who has gone and who has another name", () => {
		const renamed = stateOf(["Alice", "Carol"]);
		const users = new Map(renamed.users);
		users.set("sip:carol@example.com" as UserUri, "Caroline");
		const body = encodeConferenceChange(about, stateOf(["Bob", "Carol"]), {
			...renamed,
			users,
		});
		equal(
			body,
			`<?xml version="1.0" encoding="UTF-8"?>
<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:room.lobby@example.com" state="partial" version="7"><conference-state><user-count>2</user-count><active>true</active></conference-state><users state="partial"><user entity="sip:alice@example.com" state="full"><display-text>Alice</display-text><endpoint entity="sip:alice@example.com"><status>connected</status></endpoint></user><user entity="sip:carol@example.com" state="full"><display-text>Caroline</display-text><endpoint entity="sip:carol@example.com"><status>connected</status></endpoint></user><user entity="sip:bob@example.com" state="deleted"/></users></conference-info>`,
		);
	});

	it("says another name of the room, and only the count where only that is told", () => {
		const counted = { users: undefined, count: 100 };
		const body = encodeConferenceChange(about, stateOf([], counted), {
			...stateOf([], counted),
			name: "Hall",
			count: 101,
		});
		match(
			body ?? "",
			/state="partial" version="7"><conference-description><display-text>Hall<\/display-text><\/conference-description><conference-state><user-count>101<\/user-count><active>true<\/active><\/conference-state><\/conference-info>$/,
		);
	});

	it("cannot say as a change that a list is hidden, or is shown again", () => {
		const hidden = stateOf(["Bob"], { users: undefined });
		equal(encodeConferenceChange(about, stateOf(["Bob"]), hidden), undefined);
		equal(encodeConferenceChange(about, hidden, stateOf(["Bob"])), undefined);
	});

	it("leaves endpoints out where they do not fit, and names where those do not either", () => {
		const all = stateOf(Array.from({ length: 75 }, (_, at) => `Somebody${at}`));
		const whole = encodeWholeConference({ ...about, budgetBytes: 20_000 }, all);
		match(whole.body, /<endpoint /);
		const brief = encodeWholeConference(about, all);
		ok(Buffer.byteLength(brief.body) <= about.budgetBytes);
		equal(brief.body.match(/<user /g)?.length, 75);
		deepEqual(brief.state, all);
		const counted = encodeWholeConference(
			{ ...about, budgetBytes: 2_000 },
			all,
		);
		equal(counted.body.includes("<user "), false);
		match(counted.body, /<user-count>75</);
		equal(counted.state.users, undefined);
	});

	it("knows when there is nothing new", () => {
		const state = stateOf(["Bob", "Carol"]);
		equal(isSameConference(state, stateOf(["Carol", "Bob"])), true);
		for (const other of [
			stateOf(["Bob"]),
			stateOf(["Bob", "Dave"]),
			stateOf(["Bob", "Carol"], { name: "Hall" }),
			stateOf(["Bob", "Carol"], { users: undefined }),
		]) {
			equal(isSameConference(state, other), false);
		}
	});
});
