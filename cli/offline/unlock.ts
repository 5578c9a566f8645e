/** Unlocking migrations that were killed in the middle, without the service: it does not start before. */
import { existsSync } from "node:fs";
import {
	archiveSchema,
	chatSchema,
	type DatabaseDescription,
	makeDatabase,
	type Unlocking,
	unlockMigrations,
} from "../../plugin/store/index.ts";
import { Unreachable } from "../socket/client.ts";
import {
	archiveDatabase,
	chatDatabase,
	readSettings,
	type Settings,
} from "./settings.ts";

export interface Unlocked {
	readonly schema: "chat" | "archive";
	readonly outcome: Unlocking;
}

/** `dryRun`: only says what is locked, and whether somebody is at it. Throws `Misuse`, `Unreachable`. */
export async function unlockDatabases(
	settings: Settings,
	dryRun: boolean,
): Promise<readonly Unlocked[]> {
	const configuration = readSettings(settings);
	const unlocked: Unlocked[] = [];
	for (const [schema, description] of [
		["chat", chatDatabase(configuration)],
		["archive", archiveDatabase(configuration)],
	] as const) {
		unlocked.push({
			schema,
			outcome: await unlock(schema, description, dryRun),
		});
	}
	return unlocked;
}

async function unlock(
	schema: Unlocked["schema"],
	description: DatabaseDescription,
	dryRun: boolean,
): Promise<Unlocking> {
	if (description.client === "sqlite" && !existsSync(description.file)) {
		return "not locked";
	}
	const knex = makeDatabase(description);
	try {
		return await unlockMigrations(
			knex,
			schema === "chat" ? chatSchema : archiveSchema,
			{ dryRun },
		);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new Unreachable(
			`The database of the ${schema} cannot be had: ${why}.`,
			{
				cause: error,
			},
		);
	} finally {
		await knex.destroy();
	}
}
