/** Every change of the schema, in order; a list in code, so that it is found from source and from a build alike. */
import type { Knex } from "knex";
import * as rooms from "./0001_rooms.ts";
import * as directory from "./0002_directory.ts";
import * as presence from "./0003_presence.ts";
import * as moderation from "./0004_moderation.ts";
import * as messageSearch from "./0005_message_search.ts";
import * as absences from "./0006_absences.ts";
import * as invitations from "./0007_invitations.ts";
import * as compliance from "./0008_compliance.ts";
import * as rights from "./0009_rights.ts";
import * as webSessions from "./0010_web_sessions.ts";
import * as files from "./0011_files.ts";
import * as signInLinks from "./0012_sign_in_links.ts";
import * as roomsOfUsers from "./0013_rooms_of_users.ts";
import * as phones from "./0014_phones.ts";
import * as operation from "./0015_operation.ts";
import * as owedByRoom from "./0016_owed_by_room.ts";
import * as roomRevisions from "./0017_room_revisions.ts";
import * as categoryRetention from "./0018_category_retention.ts";

export interface Migration {
	readonly name: string;
	up(knex: Knex): Promise<void>;
	down(knex: Knex): Promise<void>;
}

/**
 * A name that ends in `_expands` says that releases which do not know the migration may run beside it, and write to what it has changed: it adds
 * tables, indexes, or columns with a default, which nobody who writes the old way makes untrue. Beside any other, they do not start.
 *
 * Names are kept in the database: never rename, reorder or edit what was released. A migration imports nothing but what is
 * frozen beside it: today's code may change, what an old migration did may not.
 */
export const migrations: readonly Migration[] = [
	{ name: "0001_rooms", ...rooms },
	{ name: "0002_directory", ...directory },
	{ name: "0003_presence", ...presence },
	{ name: "0004_moderation", ...moderation },
	{ name: "0005_message_search", ...messageSearch },
	{ name: "0006_absences", ...absences },
	{ name: "0007_invitations", ...invitations },
	{ name: "0008_compliance", ...compliance },
	{ name: "0009_rights", ...rights },
	{ name: "0010_web_sessions", ...webSessions },
	{ name: "0011_files", ...files },
	{ name: "0012_sign_in_links", ...signInLinks },
	{ name: "0013_rooms_of_users", ...roomsOfUsers },
	{ name: "0014_phones", ...phones },
	{ name: "0015_operation", ...operation },
	{ name: "0016_owed_by_room", ...owedByRoom },
	{ name: "0017_room_revisions_expands", ...roomRevisions },
	{ name: "0018_category_retention_expands", ...categoryRetention },
];
