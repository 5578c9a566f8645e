/** The store's contract: files of rooms, their contents, tokens, uploads and downloads under way. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import type { FileId, Room, RoomFile } from "../../plugin/rooms/types.ts";
import type { Downloaded, FileGrant } from "../../plugin/store/index.ts";
import {
	addRoom,
	alice,
	bob,
	kept,
	refused,
	type StoreUnderTest,
	someTime,
	uri,
} from "./samples.ts";

const later = (ms: number) => new Date(someTime.getTime() + ms);
const fileId = () => randomUUID() as string as FileId;
const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const quota = { tokens: 2, uploads: 2 };

type Made = Omit<RoomFile, "position">;

function sampleFile(room: Room, changes: Partial<Made> = {}): Made {
	return {
		id: fileId(),
		room: room.id,
		name: "notes.txt",
		type: "text/plain",
		bytes: 5,
		sha256: sum(randomUUID()),
		uploadedBy: { uri: alice.uri, displayName: alice.displayName },
		uploadedAt: someTime,
		...changes,
	};
}

export function filesContract(current: () => StoreUnderTest): void {
	const write: StoreUnderTest["store"]["transaction"] = (work) =>
		current().store.transaction(work);
	/** As an upload becomes a file. */
	const add = (file: Made) =>
		write(async (tx) => {
			const { id, room, name, bytes } = file;
			await tx.files.begin({ id, room, name, bytes }, alice.uri, someTime, {
				...quota,
				uploads: 1_000,
			});
			await tx.files.claim(id, file, someTime);
			assert.ok(await tx.files.lockContent(file.sha256));
			const added = await tx.files.add(file);
			await tx.files.forget(id);
			return added;
		});

	describe("files", () => {
		it("are found in their room alone, and listed page by page, the newest first", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const other = await addRoom(store);
			const made: RoomFile[] = [];
			for (const name of ["a", "b", "c"]) {
				made.push(await add(sampleFile(room, { name })));
			}
			const [first, second, third] = made;
			const { id } = kept(first);
			assert.deepEqual(await store.files.find(room.id, id), first);
			assert.equal(await store.files.find(other.id, id), undefined);
			assert.deepEqual(await store.files.uploaded(id), first);
			const page = await store.files.list(room.id, { limit: 2 });
			assert.deepEqual(page, [third, second]);
			const before = page.at(-1)?.position;
			assert.deepEqual(await store.files.list(room.id, { before, limit: 2 }), [
				first,
			]);
		});

		it("go with their room, and one by one", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const [one, two] = [
				await add(sampleFile(room)),
				await add(sampleFile(room)),
			];
			await write((tx) => tx.files.remove(room.id, [one.id]));
			assert.equal(await store.files.uploaded(one.id), undefined);
			await write(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.rooms.remove(room.id);
			});
			assert.equal(await store.files.uploaded(two.id), undefined);
		});

		it("leave contents behind that are unused once none has them, and needed while something names them", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const { sha256, bytes, ...rest } = sampleFile(room);
			const one = await add({ ...rest, sha256, bytes });
			const two = await add(sampleFile(room, { sha256, bytes }));
			const unused = async () =>
				(await store.files.unused(later(1), 1_000)).some(
					(each) => each.sha256 === sha256,
				);
			const needed = () =>
				write(async (tx) => {
					await tx.files.lockContent(sha256);
					return tx.files.isNeeded(sha256);
				});
			await write((tx) => tx.files.remove(room.id, [one.id]));
			assert.equal(await unused(), false);
			await write((tx) => tx.files.remove(room.id, [two.id]));
			assert.equal(await unused(), true);
			assert.equal(await needed(), false);
			assert.equal(
				(await store.files.unused(someTime, 1_000)).some(
					(each) => each.sha256 === sha256,
				),
				false,
				"claimed since then",
			);
			const download = downloaded(room, one);
			await write((tx) => tx.files.beginDownload(download, "node-1"));
			assert.equal(await needed(), true);
			await write(async (tx) => {
				await tx.outbox.add(kept(await tx.files.endDownload(download.id)));
			});
			assert.equal(await needed(), true, "compliance is owed it");
			const owed = await store.outbox.oldest(1_000, 1_000_000);
			await store.outbox.forget(owed.filter(({ id }) => id === download.id));
			assert.equal(await needed(), false);
			await write(async (tx) => {
				await tx.files.lockContent(sha256);
				await tx.files.removeContent(sha256);
			});
			assert.equal(await write((tx) => tx.files.lockContent(sha256)), false);
		});
	});

	describe("tokens for files", () => {
		const grant = (changes: Partial<FileGrant> = {}): FileGrant => ({
			kind: "upload",
			actor: { ...alice, callId: "call-1" },
			room: randomUUID() as FileGrant["room"],
			name: "notes.txt",
			expiresAt: later(1_000),
			...changes,
		});
		const give = (hash: string, given: FileGrant, at = someTime) =>
			write((tx) => tx.files.grant(hash, given, at, quota));
		const redeem = (hash: string, at = someTime) =>
			write((tx) => tx.files.redeem(hash, at));
		const fresh = () => ({ ...alice, uri: uri(randomUUID()) });

		it("are redeemed once, until they expire, with all that was said", async () => {
			const [hash, old] = [sum(randomUUID()), sum(randomUUID())];
			const given = grant({ actor: fresh(), kind: "download", file: fileId() });
			await give(hash, given);
			await give(old, given);
			assert.deepEqual(await redeem(hash), given);
			assert.equal(await redeem(hash), undefined);
			assert.equal(await redeem(old, later(1_000)), undefined);
			assert.equal(await redeem(sum(randomUUID())), undefined);
		});

		it("are redeemed by one of several who bring one at once", async () => {
			const hash = sum(randomUUID());
			await give(hash, grant({ actor: fresh() }));
			const won = await Promise.all([1, 2, 3, 4].map(() => redeem(hash)));
			assert.equal(won.filter((each) => each !== undefined).length, 1);
		});

		it("are so many for one user as do not expire, and go when they have", async () => {
			const actor = fresh();
			const hash = sum(randomUUID());
			await give(hash, grant({ actor }));
			await give(sum(randomUUID()), grant({ actor }));
			const third = sum(randomUUID());
			await refused("unavailable", give(third, grant({ actor })));
			await give(
				third,
				grant({ actor, expiresAt: later(9_000) }),
				later(1_000),
			);
			await write((tx) => tx.files.purgeTokens(later(2_000)));
			assert.equal(await redeem(hash), undefined);
			assert.ok(await redeem(third));
		});
	});

	describe("uploads", () => {
		const begin = (id: FileId, user = uri(randomUUID()), at = someTime) =>
			write((tx) =>
				tx.files.begin(
					{ id, room: randomUUID() as Room["id"], name: "x", bytes: 3 },
					user,
					at,
					quota,
				),
			);

		it("are known with what they are once they are whole, until they are forgotten", async () => {
			const { store } = current();
			const id = fileId();
			const user = uri(randomUUID());
			await begin(id, user);
			const begun = kept(await store.files.upload(id));
			assert.deepEqual([begun.user, begun.content], [user, undefined]);
			const content = { sha256: sum("abc"), bytes: 3, type: "text/plain" };
			await write((tx) => tx.files.claim(id, content, someTime));
			assert.deepEqual((await store.files.upload(id))?.content, {
				sha256: content.sha256,
				type: content.type,
			});
			assert.deepEqual(
				await store.files.uploadsAmong([id, fileId()]),
				new Set([id]),
			);
			await write((tx) => tx.files.forget(id));
			assert.equal(await store.files.upload(id), undefined);
		});

		it("are so many for one user, and idle when nothing has come for a while", async () => {
			const { store } = current();
			const [one, two] = [fileId(), fileId()];
			const user = uri(randomUUID());
			await begin(one, user);
			await begin(two, user);
			await refused("unavailable", begin(fileId(), user));
			await write((tx) => tx.files.touch(two, later(5_000)));
			const idle = await store.files.idleUploads(later(1), 1_000);
			const ids = idle.map(({ id }) => id);
			assert.deepEqual([ids.includes(one), ids.includes(two)], [true, false]);
		});
	});

	describe("downloads", () => {
		it("are found as begun until they are ended, once", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const event = downloaded(room, sampleFile(room));
			const node = randomUUID();
			await write((tx) => tx.files.beginDownload(event, node));
			const before = later(1);
			assert.deepEqual(
				await store.files.begunDownloads({ node, before, limit: 9 }),
				[event.id],
			);
			assert.deepEqual(
				await store.files.begunDownloads({ node, before: someTime, limit: 9 }),
				[],
			);
			const ended = () => write((tx) => tx.files.endDownload(event.id));
			assert.deepEqual(await ended(), event);
			assert.equal(await ended(), undefined);
		});
	});
}

function downloaded(room: Room, file: Made): Downloaded {
	const { name, type, bytes, sha256 } = file;
	const { id, name: roomName, category } = room;
	return {
		id: randomUUID(),
		type: "downloaded",
		at: someTime,
		actor: bob,
		room: {
			id,
			name: roomName,
			category: { id: category.id, name: category.name },
		},
		file: { name, type, bytes, sha256 },
	};
}
