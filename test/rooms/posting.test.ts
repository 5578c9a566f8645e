/** What may be posted: how long, to the byte. */
import assert from "node:assert/strict";
import type { Actor, Draft, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

describe("a message", () => {
	let domain: Domain;
	let alice: Actor;
	let room: RoomId;
	let relayed: number;
	let behindMs = 0;

	before("makes a room", async () => {
		domain = await openDomain({
			relayBytes: () => relayed,
			behindMs: () => behindMs,
		});
		alice = await domain.person("alice");
		const category = await addCategory(domain);
		const made = await domain.rooms.createRoom(operator, {
			name: "Room",
			category: category.id,
			privacy: "open",
		});
		room = made.room.id;
	});
	beforeEach("is small on the wire", () => {
		relayed = 0;
	});
	after(() => domain.close());

	const post = (text: string, more: Partial<Draft> = {}) =>
		domain.rooms.post(alice, { room, text, alert: false, ...more });

	/** `text`, and blanks up to so many bytes. */
	const filled = (text: string, bytes: number) =>
		text + "x".repeat(bytes - Buffer.byteLength(text));

	const limits: readonly (readonly [string, string, number])[] = [
		["plain text", "", 4_000],
		["text of several bytes a character", "会議は何時 😀 ü", 4_000],
		["text that only speaks of a story", "a [STORY]", 4_000],
		["a story", "[STORY]Title\n", 9_000],
		["a story in other letters", "[Story]", 9_000],
		["a story with a title in its mark", "[story title='a']", 9_000],
		["a story of several bytes a character", "[STORY]会議", 9_000],
	];
	for (const [what, text, bytes] of limits) {
		it(`of ${what} has ${bytes} bytes, and not one more`, async () => {
			const longest = filled(text, bytes);
			assert.equal((await post(longest)).text, longest);
			const { message } = await refused("too-large", post(`${longest}x`));
			assert.match(message, new RegExp(`${bytes + 1} bytes.* ${bytes}\\.$`));
		});
	}

	describe("in a category whose compliance is closed", () => {
		const inClosed = (text: string, key?: string) =>
			post(text, { room: closed, ...(key !== undefined && { key }) });
		let closed: RoomId;

		before(async () => {
			const { id } = await addCategory(domain, {
				name: "Trading",
				compliance: "closed",
			});
			const made = await domain.rooms.createRoom(operator, {
				name: "Desk",
				category: id,
				privacy: "open",
			});
			closed = made.room.id;
		});
		afterEach(() => {
			behindMs = 0;
		});

		it("is refused while the archive is too far behind, and leaves nothing", async () => {
			behindMs = 60_000;
			await inClosed("in time", "first");
			behindMs = 75_400;
			await domain.owed();
			const { message } = await refused("unavailable", inClosed("too late"));
			assert.equal(
				message,
				"The compliance archive is 75 s behind, and the category Trading takes messages only while it keeps up; try again later.",
			);
			assert.deepEqual(await domain.owed(), []);
			const [newest] = await domain.store.messages.latest(closed, 1);
			assert.equal(newest?.text, "in time");
			behindMs = 0;
			await inClosed("kept up again");
		});

		it("is refused to those who may post only; to others as ever", async () => {
			behindMs = 75_000;
			const { id } = await addCategory(domain, { allowed: [] });
			const hidden = await domain.rooms.createRoom(operator, {
				name: "Hidden",
				category: id,
				privacy: "open",
			});
			await domain.rooms.changeCategory(operator, id, { compliance: "closed" });
			await refused("no-such-room", post("x", { room: hidden.room.id }));
		});

		it("is taken elsewhere however far the archive is behind", async () => {
			behindMs = Number.MAX_SAFE_INTEGER;
			await post("goes on");
		});
	});

	it("is as long once it is encoded as a body may be, and not one byte more", async () => {
		relayed = 11_500;
		await post("fits");
		relayed = 11_501;
		const { message } = await refused("too-large", post("does not"));
		assert.match(message, /11501 bytes once it is encoded.* 11500/);
	});

	it("that is refused leaves no trace", async () => {
		await domain.owed();
		domain.told();
		const before = (await domain.store.rooms.find(room))?.lastSequence;
		await refused("too-large", post("x".repeat(4_001)));
		await refused("malformed", post(""));
		await refused("malformed", post("ring \u0007"));
		assert.deepEqual(await domain.owed(), []);
		assert.deepEqual(domain.told(), []);
		const after = (await domain.store.rooms.find(room))?.lastSequence;
		assert.equal(after, before);
	});

	it("keeps links, room links, file links and emoticons as they were typed", async () => {
		for (const text of [
			'<a href="https://example.com/?a=1&b=2">here</a>',
			"see ma-chan://example.com/00000000-0000-4000-8000-000000000001",
			'<a href="ma-filelink:f0.txt">notes.txt (100 bytes)</a>',
			":) :( 8-) :-D :-O :-/ :'( :-P ;) >:O :-*",
		]) {
			await post(text, { alert: true });
			const [kept] = await domain.rooms.history(alice, room, 1);
			assert.equal(kept?.text, text);
			assert.equal(kept.alert, true);
		}
	});
});
