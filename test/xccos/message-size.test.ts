/** Which parts of a message go out, to the byte. */
import { equal, match, ok } from "node:assert/strict";
import type { Message, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { encodeMessage, maxBodyBytes } from "../../plugin/xccos/notices.ts";

const withRtf = (rtfBytes: number): Message => ({
	room: "00000000-0000-4000-8000-000000000001" as RoomId,
	text: "Tom & Jerry",
	alert: true,
	sequence: 7,
	author: { uri: "sip:alice@example.com" as UserUri, displayName: "Ünal" },
	postedAt: new Date("2026-11-22T09:00:00.250Z"),
	extras: {
		attributes: { color: "red" },
		children: [`<rtf>${"r".repeat(rtfBytes)}</rtf>`, "<mood>good</mood>"],
	},
});

const encode = (message: Message) => encodeMessage("1", "example.com", message);
const fixedBytes = Buffer.byteLength(encode(withRtf(0)));

describe("a message that goes out", () => {
	it("takes its RTF copy along while all of it has 11,500 bytes", () => {
		const longest = encode(withRtf(maxBodyBytes - fixedBytes));
		equal(Buffer.byteLength(longest), 11_500);
		match(longest, /<rtf>r+<\/rtf><mood>good<\/mood>/);
	});

	it("leaves the RTF copy at home, and nothing else, when that is one byte more", () => {
		const plain = encode(withRtf(maxBodyBytes - fixedBytes + 1));
		ok(!plain.includes("rtf"));
		match(plain, /color="red"/);
		match(plain, /alert="true" chatId="7"/);
		match(plain, /<chat>Tom &amp; Jerry<\/chat><mood>good<\/mood>/);
	});
});
