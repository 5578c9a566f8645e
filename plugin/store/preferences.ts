/** Table `preferences`: small things that clients keep here, per user and label. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { UserUri } from "../rooms/types.ts";
import { faultOf } from "./faults.ts";
import type {
	Preference,
	PreferenceReader,
	PreferenceWriter,
} from "./store.ts";

/** What a user may keep; known clients use a handful. */
const maxLabels = 100;

interface PreferenceRow {
	readonly version: number;
	readonly content: string;
}

export function preferenceReader(db: Knex): PreferenceReader {
	return {
		async find(user, label) {
			const row: PreferenceRow | undefined = await db("preferences")
				.where(keyOf(user, label))
				.first("version", "content");
			return row && { label, version: row.version, content: row.content };
		},
	};
}

export function preferenceWriter(tx: Knex): PreferenceWriter {
	return {
		...preferenceReader(tx),
		async put(user, preference) {
			const { label, version, content } = preference;
			const key = keyOf(user, label);
			const newer = await tx("preferences")
				.where(key)
				.where("version", "<", version)
				.update({ version, content });
			if (newer === 0) await insertFirst(tx, { ...key, version, content });
		},
	};
}

async function insertFirst(
	tx: Knex,
	row: PreferenceRow & ReturnType<typeof keyOf>,
): Promise<void> {
	try {
		await tx("preferences").insert(row);
	} catch (error) {
		if (faultOf(error) !== "duplicate") throw error;
		throw new ChatError(
			"conflict",
			`Version ${row.version} is not newer than the one kept.`,
			{ cause: error },
		);
	}
	const { user_uri } = row;
	const kept: readonly unknown[] = await tx("preferences")
		.where({ user_uri })
		.limit(maxLabels + 1)
		.select("version");
	if (kept.length > maxLabels) {
		throw new ChatError(
			"too-large",
			`A user has at most ${maxLabels} preferences; change one of those that you have.`,
		);
	}
}

function keyOf(user: UserUri, label: Preference["label"]) {
	return { user_uri: user, label: Buffer.from(label) };
}
