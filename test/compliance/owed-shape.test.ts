/** What is read back from the chat database is an event of its type, or it is none. */
import { deepEqual, equal } from "node:assert/strict";
import { readOwed } from "../../plugin/compliance/owed-shape.ts";
import { archived, happenings, oneOfEach } from "../adapters/events.ts";

const read = (event: object, type: string) =>
	readOwed(JSON.stringify(event), type);
const events = oneOfEach().filter(({ type }) => type !== "unreadable");

describe("the shape of what is owed", () => {
	for (const event of events) {
		it(`is that of ${event.type}, also with a field that is not known yet`, () => {
			const more = { ...event, later: { more: true } };
			deepEqual(read(more, event.type), more);
			const own = Object.keys(happenings[event.type]).filter(
				(field) => field !== "type",
			);
			for (const field of own) {
				const without = { ...event, [field]: undefined };
				const isOptional = field === "before" || field === "after";
				const isKick = field === "kicked";
				const isAny = event.type === "directory-changed" && isOptional;
				if (!isAny && !isKick) equal(read(without, event.type), undefined);
			}
		});
	}

	it("is what an event of a newer node has: who, when and where", () => {
		const newer = { ...archived([happenings.joined])[0], type: "pinned" };
		deepEqual(read(newer, "pinned"), newer);
		equal(read({ ...newer, at: "yesterday" }, "pinned"), undefined);
		equal(read({ ...newer, room: "lobby" }, "pinned"), undefined);
	});

	it("is no other in the place of a number, a time, or a file's hash", () => {
		const [posted, uploaded] = archived([
			happenings.posted,
			happenings.uploaded,
		]);
		const { message } = posted?.type === "posted" ? posted : { message: {} };
		for (const wrong of [
			{ sequence: "xxx" },
			{ sequence: 1.5 },
			{ sequence: 0 },
			{ postedAt: "2026-03-02" },
			{ extras: { attributes: { a: 1 }, children: [] } },
		]) {
			const altered = { ...posted, message: { ...message, ...wrong } };
			equal(read(altered, "posted"), undefined, JSON.stringify(wrong));
		}
		const file = { name: "a", type: "b/c", bytes: 1, sha256: "../../x" };
		equal(read({ ...uploaded, file }, "uploaded"), undefined);
	});

	it("is not that of what nobody ever owes, nor of JSON that is none", () => {
		const [unreadable] = archived([happenings.unreadable]);
		equal(read(unreadable ?? {}, "unreadable"), undefined);
		equal(readOwed("{ torn", "posted"), undefined);
		equal(readOwed("5", "posted"), undefined);
	});
});
