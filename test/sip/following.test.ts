import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
	ChatClient,
	ChatRefused,
	type FollowedRoom,
	nodeAgent,
	type OpenAgent,
} from "../../client/index.ts";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const administrator = {
	uri: "sip:operator@localhost" as UserUri,
	displayName: "Operator",
	guid: "",
	administrator: true,
};
const operations = rooms.operations.slice(-36) as RoomId;

/** The same agent; what it sends in dialogs is noted. */
function noting(open: OpenAgent, sent: string[]): OpenAgent {
	return async (events) => {
		const agent = await open(events);
		return {
			user: agent.user,
			register: () => agent.register(),
			subscribeOnce: (request) => agent.subscribeOnce(request),
			close: () => agent.close(),
			async invite(...given) {
				const dialog = await agent.invite(...given);
				return {
					callId: dialog.callId,
					request: (method) => dialog.request(method),
					sendInfo(body) {
						sent.push(body);
						return dialog.sendInfo(body);
					},
					bye: () => dialog.bye(),
				};
			},
		};
	};
}

describe("followed rooms", () => {
	let node: ChatNode;
	let alice: Person;
	let bob: Person;
	let news: FollowedRoom[];

	beforeEach(async () => {
		node = await startChatNode({ service: { newContentEveryMs: 100 } });
		alice = await signIn(node, "alice");
		bob = await signIn(node, "bob");
		news = [];
		alice.chat.on("newContent", (room) => news.push(room));
	});
	afterEach(async () => {
		await alice.chat.close();
		await bob.chat.close();
		await node.close();
	});

	/** Resolves when the latest news of the room has so many messages. */
	const heard = (count: number) =>
		until(() => news.at(-1)?.unread?.count === count && news.at(-1), {
			what: `news of ${count} messages (there were ${JSON.stringify(news)})`,
		});

	it("have their news told to who is not there, with what is meant for him", async () => {
		await alice.chat.follow(rooms.operations);
		await bob.chat.join(rooms.operations);
		await bob.chat.post(rooms.operations, "nothing special");
		await bob.chat.post(rooms.operations, "look at this, @Alice!");
		await bob.chat.post(rooms.operations, "fire", { alert: true });
		const { name, unread } = await heard(3);
		equal(name, "Operations");
		deepEqual(unread, { count: 3, addressed: 2 });
		const [followed] = await alice.chat.followed();
		deepEqual(followed?.unread, { count: 3, addressed: 2 });
	});

	it("are counted anew from the message that was the newest when one left", async () => {
		await alice.chat.follow(rooms.operations);
		await alice.chat.join(rooms.operations);
		await bob.chat.join(rooms.operations);
		await bob.chat.post(rooms.operations, "heard");
		await alice.heard(1);
		const [here] = await alice.chat.followed();
		equal(here?.unread, undefined);
		await alice.chat.part(rooms.operations);
		await bob.chat.post(rooms.operations, "not heard");
		await heard(1);
		equal(news.length, 1);
	});

	it("tell nothing to who may not read any more, and are not listed to who may not know of them", async () => {
		const carol = await signIn(node, "carol");
		const told: FollowedRoom[] = [];
		carol.chat.on("newContent", (room) => told.push(room));
		await carol.chat.follow(rooms.board);
		await carol.chat.follow(rooms.lobby);
		await carol.chat.follow(rooms.operations);
		const names = async () =>
			(await carol.chat.followed()).map(({ name, unread }) => [name, unread]);
		const none = { count: 0, addressed: 0 };
		deepEqual(await names(), [
			["Board", none],
			["Lobby", none],
			// She sees it, and may not read in it.
			["Operations", undefined],
		]);
		await node.chat.rooms.changeRoom(
			administrator,
			rooms.board.slice(-36) as RoomId,
			{ roles: { member: { set: [] } } },
		);
		await bob.chat.joinAll([rooms.operations, rooms.lobby]);
		await bob.chat.post(rooms.operations, "@carol cannot read this");
		await bob.chat.post(rooms.lobby, "@carol can read this");
		await until(() => told.length > 0, { what: "news of the Lobby" });
		deepEqual(
			told.map(({ name, unread }) => [name, unread]),
			[["Lobby", { count: 1, addressed: 1 }]],
		);
		deepEqual(
			(await names()).map(([name]) => name),
			["Lobby", "Operations"],
		);
		await carol.chat.close();
	});

	it("are entered at sign-in by those clients that want so, all by one request", async () => {
		const sent: string[] = [];
		await alice.chat.follow(rooms.lobby);
		await node.chat.rooms.follow(
			{ ...administrator, uri: "sip:alice@example.com" as UserUri },
			operations,
		);
		const again = await ChatClient.connect({
			open: noting(
				nodeAgent({
					server: node.server("tcp"),
					user: "sip:alice@example.com",
					password: "alice-pw",
				}),
				sent,
			),
			reconnect: false,
			followRooms: true,
		});
		const joins = sent.filter((body) => /"cmd:b?join"/.test(body));
		equal(joins.length, 1);
		match(joins[0] ?? "", /"cmd:bjoin"/);
		equal(joins[0]?.match(/<chanid /g)?.length, 2);
		deepEqual([...again.joined.keys()].toSorted(), [
			rooms.lobby,
			rooms.operations,
		]);
		await again.close();
	});

	it("are 250 at most: one more is refused", async () => {
		const user = { ...administrator, uri: "sip:alice@example.com" as UserUri };
		for (const from of [0, 125]) {
			const changes = Array.from({ length: 125 }, (_, at) => ({
				name: "roomSetting",
				instance: from + at,
				container: 1,
				version: 0,
				expireType: "static" as const,
				data: `<propertyList><property name="RoomUri"><value>ma-chan://example.com/${randomUUID()}</value></property></propertyList>`,
			}));
			await node.chat.rooms.publish(user, changes);
		}
		await rejects(alice.chat.follow(rooms.lobby), {
			name: "ChatRefused",
			code: 413,
			text: "ERROR_LIMIT_EXCEEDED: One follows at most 250 rooms.",
		});
	});

	it("that do not exist, and secret ones of others, are refused alike", async () => {
		const refusal = async (room: string) => {
			const error = await alice.chat.follow(room).catch((error) => error);
			return error instanceof ChatRefused ? error.text : `${error}`;
		};
		const unknown = rooms.lobby.replace(/1$/, "f");
		equal(await refusal(rooms.board), await refusal(unknown));
		await rejects(alice.chat.follow("Lobby"), ChatRefused);
		await alice.chat.unfollow(unknown);
		deepEqual(await alice.chat.followed(), []);
	});
});
