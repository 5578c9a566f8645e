/** How many files by SOAP are remembered, of one user and of all. */
import { equal, rejects } from "node:assert/strict";
import type {
	Actor,
	FileId,
	RoomId,
	TokenRedemption,
} from "../../plugin/index.ts";
import { createTransfers } from "../../web/soap/transfers.ts";

const room = "00000000-0000-4000-8000-000000000001" as RoomId;

/** A token is its holder's name and a number. */
function transfers() {
	const tokens = {
		redeemToken: async (token: string) => ({
			actor: { uri: `sip:${token.split(" ")[0]}@example.com` } as Actor,
			name: "notes.txt",
		}),
	} as unknown as TokenRedemption;
	const { of, begin } = createTransfers(tokens, () => new Date(0));
	return {
		of: (token: string) => of(token, room),
		begin: (token: string, kind: "upload" | "download") =>
			begin(token, { kind, room, file: token as FileId, uniqueName: token }),
	};
}

describe("files by SOAP", () => {
	it("are a hundred of one user at a time; another's go on", async () => {
		const { begin, of } = transfers();
		const first = await begin("dave 0", "upload");
		for (let count = 1; count < 100; count += 1) {
			await begin(`dave ${count}`, "upload");
		}
		await rejects(begin("dave 100", "upload"), /at most 100 at a time/);
		await begin("carol 0", "upload");
		first.finished = true;
		await begin("dave 101", "upload");
		equal(of("dave 0"), undefined);
		equal(of("dave 1")?.uniqueName, "dave 1");
	});

	it("that are only read make room for others", async () => {
		const { begin, of } = transfers();
		for (let count = 0; count < 101; count += 1) {
			await begin(`dave ${count}`, "download");
		}
		equal(of("dave 0"), undefined);
		equal(of("dave 100")?.kind, "download");
	});

	it("are ten thousand of all", async () => {
		const { begin } = transfers();
		for (let user = 0; user < 100; user += 1) {
			for (let count = 0; count < 100; count += 1) {
				await begin(`u${user} ${count}`, "upload");
			}
		}
		await rejects(begin("dave 0", "upload"), /Too many files are on their way/);
	});
});
