/** The store's contract: which rooms a device was in when its dialog was lost. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Room, SessionId, UserUri } from "../../plugin/rooms/types.ts";
import {
	addRoom,
	enterRoom,
	type StoreUnderTest,
	someTime,
	uri,
} from "./samples.ts";

const later = (ms: number) => new Date(someTime.getTime() + ms);

export function absencesContract(current: () => StoreUnderTest): void {
	const keep = (user: UserUri, { id }: Room, heard: number, at = someTime) =>
		current().store.transaction((tx) =>
			tx.absences.keep(user, "device-1", [{ room: id, heard }], at),
		);
	const of = (user: UserUri, device = "device-1", since = someTime) =>
		current().store.absences.of(user, device, since);

	describe("absences", () => {
		it("are kept for one device of one user, the later word on a room for the earlier", async () => {
			const [one, other] = [uri(randomUUID()), uri(randomUUID())];
			const room = await addRoom(current().store);
			await keep(one, room, 3);
			await keep(one, room, 5, later(1));
			assert.deepEqual(await of(one), [{ room: room.id, heard: 5 }]);
			assert.deepEqual(await of(one, "device-2"), []);
			assert.deepEqual(await of(other), []);
		});

		it("are forgotten room by room, or when they are old", async () => {
			const user = uri(randomUUID());
			const first = await addRoom(current().store);
			const second = await addRoom(current().store);
			await keep(user, first, 1);
			await keep(user, second, 2, later(1_000));
			assert.deepEqual(await of(user, "device-1", later(1)), [
				{ room: second.id, heard: 2 },
			]);
			await current().store.transaction((tx) => tx.absences.purge(later(1)));
			assert.deepEqual(await of(user), [{ room: second.id, heard: 2 }]);
			await current().store.transaction((tx) =>
				tx.absences.forget(user, "device-1", [first.id, second.id]),
			);
			assert.deepEqual(await of(user), []);
		});

		it("can be told of whoever a killed node leaves behind: participants know their device", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const user = uri(randomUUID());
			const standing = {
				inScope: true,
				administrator: false,
				member: true,
				manager: false,
				presenter: false,
			};
			await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				await enterRoom(
					tx,
					room.id,
					{ user: { uri: user, displayName: "", guid: "" }, standing },
					"session-with-device" as SessionId,
					"node-with-device",
					{ device: "device-1" },
				);
			});
			assert.deepEqual(
				await store.transaction((tx) =>
					tx.participants.ofNode("node-with-device"),
				),
				[
					{
						room: room.id,
						actor: { uri: user, displayName: "", guid: "" },
						session: "session-with-device",
						enteredAt: someTime,
						device: "device-1",
					},
				],
			);
		});
	});
}
