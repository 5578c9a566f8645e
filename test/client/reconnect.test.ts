import assert from "node:assert/strict";
import type { ChatClient, ChatMessage } from "../../client/index.ts";
import { Peer, type PeerDialog } from "./scripted-peer.ts";
import {
	acceptSignIn,
	history,
	joinData,
	joins,
	message,
	options,
	relayed,
	room,
	signedIn,
	signOut,
} from "./scripted-service.ts";

describe("A chat client that lost its dialog", () => {
	let peer: Peer;
	let chat: ChatClient;
	let service: PeerDialog;
	let told: ChatMessage[];

	beforeEach(async () => {
		peer = await Peer.listen();
		({ chat, service } = await signedIn(peer));
		await joins(chat, service, 4);
		told = [];
		chat.on("message", (one) => told.push(one));
	});

	afterEach(async () => {
		await signOut(chat, service);
		await peer.close();
	});

	const texts = () => told.map(({ text }) => text);

	/** Signs the client in again and lets it into its room; its question for what it missed is left to the test. */
	async function comesBack(): Promise<void> {
		service = await acceptSignIn(peer);
		await service.serve(
			'<cmd id="cmd:bjoin" seqid="1"><data><chanid key="0" domain="contoso.com" value="094f5a4a-c492-4f6b-91c2-385eba134fd3"/></data></cmd>',
			joinData,
		);
	}

	it("comes back after the connection broke, and tells what it missed, once and in order", async () => {
		await service.tell(relayed(5, "five"));
		const reconnected = chat.next("reconnected");
		service.connection.cut();
		await comesBack();
		const { body, envid } = await service.info();
		assert.match(body, /cmd:bccontext/);
		await service.tell(relayed(8, "eight"));
		await service.reply(
			"bccontext",
			envid,
			history(
				message(4, "four"),
				message(5, "five"),
				message(6, "six"),
				message(7, "seven"),
				message(8, "eight"),
			),
		);
		await reconnected;
		await service.tell(relayed(9, "nine"));
		assert.deepEqual(texts(), ["five", "six", "seven", "eight", "nine"]);
	});

	it("tells what was posted before the first live message ever came", async () => {
		service.connection.cut();
		const reconnected = chat.next("reconnected");
		await comesBack();
		await service.serve(
			"cmd:bccontext",
			history(message(3, "three"), message(4, "four"), message(5, "five")),
		);
		await reconnected;
		assert.deepEqual(texts(), ["five"]);
	});

	it("asks for more history until it reaches what it has told", async () => {
		service.connection.cut();
		const reconnected = chat.next("reconnected");
		await comesBack();
		const some = (first: number, last: number) => {
			const messages: string[] = [];
			for (let id = first; id <= last; id++)
				messages.push(message(id, `${id}`));
			return history(...messages);
		};
		await service.serve('<last cnt="50"/>', some(51, 100));
		await service.serve('<last cnt="200"/>', some(1, 100));
		await reconnected;
		assert.equal(told.length, 96);
		assert.equal(told[0]?.text, "5");
	});

	it("says between which messages some may be missing when the service gives no more", async () => {
		service.connection.cut();
		const gap = chat.next("gap");
		const reconnected = chat.next("reconnected");
		await comesBack();
		await service.serve(
			"cmd:bccontext",
			history(message(90, "90"), message(91, "91")),
		);
		const { after, before } = await gap;
		assert.deepEqual([after, before], [4, 90]);
		await reconnected;
		assert.deepEqual(texts(), ["90", "91"]);
	});

	it("comes back after 481, and the post that learned of it is not said to be kept", async () => {
		const posting = chat.post(room, "hello");
		posting.catch(() => undefined);
		const old = service.connection;
		await service.info("481 Call/Transaction Does Not Exist");
		await assert.rejects(posting, { name: "ChatDisconnected" });
		old.answer(await old.receive("REGISTER"), "200 OK");
		await comesBack();
		await service.serve("cmd:bccontext", "");
	});

	it("comes back after a BYE of the service", async () => {
		const disconnected = chat.next("disconnected");
		const old = service.connection;
		assert.match(await service.request("BYE"), /^SIP\/2.0 200/);
		const { final, why } = await disconnected;
		assert.equal(final, false);
		assert.match(why, /the service ended the dialog/);
		old.answer(await old.receive("REGISTER"), "200 OK");
		await comesBack();
		await service.serve("cmd:bccontext", "");
	});

	it("tries again until the service is there", async () => {
		const reconnected = chat.next("reconnected");
		service.connection.cut();
		const first = await peer.connection();
		first.cut();
		const second = await peer.connection();
		second.answer(await second.receive("REGISTER"), "503 Service Unavailable");
		await comesBack();
		await service.serve("cmd:bccontext", "");
		await reconnected;
	});

	it("tells which room it is not in any more", async () => {
		const kicked = chat.next("kicked");
		const reconnected = chat.next("reconnected");
		service.connection.cut();
		service = await acceptSignIn(peer);
		await service.serve(
			"cmd:bjoin",
			'<fib key="ERROR_PERMISSION" value="094f5a4a-c492-4f6b-91c2-385eba134fd3" domain="contoso.com"/>',
		);
		assert.equal((await kicked).why, "ERROR_PERMISSION");
		assert.deepEqual((await reconnected).rooms, []);
	});

	it("tells who came and went in the meantime", async () => {
		const parted = chat.next("parted");
		service.connection.cut();
		service = await acceptSignIn(peer);
		await service.serve(
			"cmd:bjoin",
			joinData.replace('<aib key="12276" value="0"/>', ""),
		);
		await service.serve("cmd:bccontext", "");
		assert.equal((await parted).person.name, "Bob");
	});

	it("refuses to post meanwhile", async () => {
		const disconnected = chat.next("disconnected");
		service.connection.cut();
		await disconnected;
		await assert.rejects(chat.post(room, "hello"), {
			name: "ChatDisconnected",
		});
		await comesBack();
		await service.serve("cmd:bccontext", "");
	});
});

describe("A chat client whose password was changed", () => {
	it("stays away for good and says why", async () => {
		const peer = await Peer.listen();
		const { chat, service } = await signedIn(peer, options(peer));
		const gone = chat.next("disconnected", ({ final }) => final);
		service.connection.cut();
		const connection = await peer.connection();
		connection.answer(await connection.receive("REGISTER"), "403 Forbidden");
		assert.match((await gone).why, /403 Forbidden/);
		assert.equal(chat.connected, false);
		await assert.rejects(chat.rooms(), { name: "ChatDisconnected" });
		await chat.close();
		await peer.close();
	});
});

describe("A chat client that may not come back", () => {
	it("is told that the end is final", async () => {
		const peer = await Peer.listen();
		const { chat, service } = await signedIn(
			peer,
			options(peer, { reconnect: false }),
		);
		const gone = chat.next("disconnected");
		service.connection.cut();
		assert.equal((await gone).final, true);
		await chat.close();
		await peer.close();
	});
});
