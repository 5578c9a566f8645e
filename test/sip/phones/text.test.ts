/** What phones write, and how what they are sent is cut: pure functions. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { UserUri } from "../../../plugin/rooms/types.ts";
import { readMessageBody } from "../../../plugin/sip/phones/message-body.ts";
import { encodeReceipt } from "../../../plugin/sip/phones/receipt.ts";
import { splitText } from "../../../plugin/sip/phones/split-text.ts";
import { meantBy } from "../../../plugin/sip/phones/text-command.ts";
import { verdictOn } from "../../../plugin/sip/phones/verdict.ts";
import { roomNamedBy } from "../../../plugin/sip/room-address.ts";

describe("a room's SIP address", () => {
	it("is what begins with room., whatever the host and its parameters", () => {
		const of = (uri: string) => roomNamedBy(uri);
		equal(of("sip:room.lobby@example.com"), "lobby");
		equal(of("sips:Room.Lobby@10.0.0.1:5061;transport=tls"), "lobby");
		equal(of("sip:roomy@example.com"), undefined);
		equal(of("sip:room.@example.com"), "");
		equal(of("sip:example.com"), undefined);
	});
});

describe("the text of a MESSAGE", () => {
	it("is a command when it begins with one slash", () => {
		deepEqual(meantBy("hello"), { type: "post", text: "hello" });
		deepEqual(meantBy(" /join"), { type: "post", text: " /join" });
		deepEqual(meantBy("//etc/passwd"), { type: "post", text: "/etc/passwd" });
		deepEqual(meantBy("/JOIN "), { type: "join" });
		deepEqual(meantBy("/part"), { type: "part" });
		deepEqual(meantBy("/who"), { type: "who" });
		deepEqual(meantBy("/history"), { type: "history", count: 10 });
		deepEqual(meantBy("/history 3"), { type: "history", count: 3 });
		deepEqual(meantBy("/history 999"), { type: "history", count: 50 });
		for (const text of [
			"/",
			"/help",
			"/?",
			"/history 0",
			"/history -1",
			"/history 1 2",
			"/part lobby",
		]) {
			deepEqual(meantBy(text), { type: "help" }, text);
		}
	});
});

describe("the body of a MESSAGE", () => {
	const read = (type: string, body: string, encoding?: string) =>
		readMessageBody({
			body,
			get: (name) =>
				({ "Content-Type": type, "Content-Encoding": encoding })[name],
		});
	const cpim = (
		head: readonly string[],
		inner: readonly string[],
		body = "x",
	) => read("message/cpim", [...head, "", ...inner, "", body].join("\r\n"));

	it("is plain text without the line ends after it", () => {
		deepEqual(read('text/plain; charset="utf-8"', "a\r\nb\r\n\r\n"), {
			type: "text",
			text: "a\nb",
			from: undefined,
			receipt: undefined,
		});
	});

	it("is not read when it is of another type, charset or encoding", () => {
		const status = (type: string, encoding?: string) => {
			const body = read(type, "x", encoding);
			return body.type === "unreadable" ? body.status : body.type;
		};
		equal(status(""), 415);
		equal(status("text/html"), 415);
		equal(status("application/im-iscomposing+xml"), 415);
		equal(status("text/plain;charset=utf-16"), 415);
		equal(status("text/plain", "gzip"), 415);
		equal(status("text/plain", "identity"), "text");
		equal(status("message/imdn+xml"), "receipt");
		const empty = read("", "");
		equal(empty.type === "unreadable" && empty.status, 400);
	});

	it("in CPIM names its author and the receipts asked for, by whatever prefix", () => {
		deepEqual(
			cpim(
				[
					'From: "Alice" <im:Alice@Example.com>',
					"NS: other <urn:other>",
					"NS: note <urn:ietf:params:imdn>",
					"note.Message-ID: id-1",
					"note.Disposition-Notification: Positive-Delivery, negative-delivery",
				],
				["Content-Type: text/plain; charset=utf-8"],
				"one\r\n\r\ntwo",
			),
			{
				type: "text",
				text: "one\n\ntwo",
				from: "sip:alice@example.com",
				receipt: {
					messageId: "id-1",
					dateTime: undefined,
					positive: true,
					negative: true,
				},
			},
		);
	});

	it("in CPIM is refused without content, with an author that is none, or packed", () => {
		equal(read("message/cpim", "From: <sip:a@b>").type, "unreadable");
		equal(
			cpim(["From: nobody"], ["Content-Type: text/plain"]).type,
			"unreadable",
		);
		equal(
			cpim(
				["To: <sip:a@b>"],
				["Content-Type: text/plain", "Content-Transfer-Encoding: base64"],
			).type,
			"unreadable",
		);
		equal(
			cpim(["To: <sip:a@b>"], ["Content-Type: text/html"]).type,
			"unreadable",
		);
		equal(
			cpim(["To: <sip:a@b>"], ["Content-Type: message/imdn+xml"]).type,
			"receipt",
		);
		for (const inner of ["Content-Encoding: gzip", "Content-Type: text/html"]) {
			equal(cpim(["To: <sip:a@b>"], [inner]).type, "unreadable", inner);
		}
		const twice = ["From: <sip:a@b>", "from : <sip:c@d>"];
		equal(cpim(twice, ["Content-Type: text/plain"]).type, "unreadable");
	});

	it("in CPIM may say that it is automatic, outside or inside", () => {
		const plain = "Content-Type: text/plain";
		const automatic = "Auto-Submitted: auto-replied";
		equal(cpim([automatic], [plain]).type, "automatic");
		equal(cpim(["To: <sip:a@b>"], [plain, automatic]).type, "automatic");
		const disposition = "Content-Disposition: notification";
		equal(cpim(["To: <sip:a@b>"], [plain, disposition]).type, "receipt");
	});

	it("asks for no receipt by a name that is none", () => {
		for (const id of ["", "a b", "x".repeat(201), "ä"]) {
			const body = cpim(
				[
					`imdn.Message-ID: ${id}`,
					"imdn.Disposition-Notification: positive-delivery",
				],
				["Content-Type: text/plain"],
			);
			equal(body.type === "text" && body.receipt, undefined, id);
		}
	});
});

describe("a receipt", () => {
	it("writes nothing of the sender's unread", () => {
		const receipt = encodeReceipt(
			{
				messageId: "<x/>&",
				dateTime: "now\r\nX: y",
				positive: true,
				negative: false,
			},
			{
				room: "sip:room.a@example.com",
				user: "sip:alice@example.com" as UserUri,
				status: "delivered",
				id: "1",
				at: new Date("2026-01-31T17:05:00Z"),
			},
		);
		ok(receipt.includes("<message-id>&lt;x/&gt;&amp;</message-id>"));
		ok(receipt.includes("<datetime>2026-01-31T17:05:00.000Z</datetime>"));
	});
});

describe("a long text", () => {
	it("goes whole where it fits", () => {
		deepEqual(splitText("x".repeat(800)), ["x".repeat(800)]);
	});

	it("goes in pieces of no more bytes than that, with nothing lost", () => {
		for (const text of [
			"word ".repeat(2_000).trim(),
			"x".repeat(9_000),
			"ä€😀".repeat(1_000),
			`${"line\n".repeat(400)}end`,
		]) {
			const pieces = splitText(text);
			for (const piece of pieces) ok(Buffer.byteLength(piece) <= 800);
			const joined = pieces
				.map((piece) => piece.replace(/^\(\d+\/\d+\) /, ""))
				.join("");
			equal(joined.replace(/\s/g, ""), text.replace(/\s/g, ""));
			equal(
				/^\((\d+)\/(\d+)\) /.exec(pieces[0] ?? "")?.[2],
				`${pieces.length}`,
			);
		}
	});
});

describe("the answer of a phone", () => {
	const on = (status: number, attempt = 1, retryAfterMs = 0) =>
		verdictOn({ status, retryAfterMs, sent: true }, attempt);

	it("takes it, refuses it, says that he is gone, or that it is not now", () => {
		equal(on(200), "taken");
		equal(on(202), "taken");
		for (const status of [404, 410, 604]) equal(on(status), "gone");
		for (const status of [403, 405, 415, 488, 603])
			equal(on(status), "refused");
		for (const status of [302, 407, 408, 480, 486, 500, 503, 504, 600]) {
			deepEqual(on(status), { waitMs: 5_000 });
		}
	});

	it("is waited on longer each time, up to five minutes, and as long as he says", () => {
		deepEqual(on(480, 2), { waitMs: 10_000 });
		deepEqual(on(480, 3), { waitMs: 20_000 });
		deepEqual(on(480, 50), { waitMs: 300_000 });
		deepEqual(on(503, 1, 60_000), { waitMs: 60_000 });
		deepEqual(on(503, 1, 9_000_000), { waitMs: 300_000 });
	});
});
