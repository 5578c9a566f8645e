/** How much a node bears before it refuses posts, then commands. */
import { z } from "zod";

const bound = (most: number) => z.int().min(0).max(most);

export const loadSchema = z.strictObject({
	eventLoopMs: bound(60_000)
		.default(250)
		.describe(
			"With the process so late (half of its looks at the clock), posts are refused; at four times that, commands too; 0: never",
		),
	databaseWaitMs: bound(60_000)
		.default(1_500)
		.describe(
			"With something waiting so long for a connection to the database, posts are refused; at twice that, commands too; 0: never",
		),
	queuedBytes: bound(16 * 2 ** 30)
		.default(128 * 2 ** 20)
		.describe(
			"With so many bytes waiting for clients of this node, posts are refused; at twice that, commands too; 0: never",
		),
	memoryPercent: bound(99)
		.default(85)
		.describe(
			"With so much of the memory used that the process may have, posts are refused; halfway from there to all of it, commands too; 0: never",
		),
	postWaitMs: bound(5_000)
		.default(1_000)
		.describe(
			"A post that would wait longer to be stored in its room, as fast as posts are being stored, is refused at once; 0: never",
		),
	batchJoinsAtOnce: z
		.int()
		.min(1)
		.max(10_000)
		.default(64)
		.describe(
			"Answers to `bjoin` that are on their way at the same time; who signs in beside them waits for his turn",
		),
});

export type LoadOptions = z.output<typeof loadSchema>;
