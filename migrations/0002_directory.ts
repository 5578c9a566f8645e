/**
 * Groups, policy and administrators; who is in a room with what he may do there, counted; rooms with add-ins, and names
 * that secret rooms do not reserve. Whoever was there before stays enabled: policy for everybody begins as "on" then.
 */
import type { Knex } from "knex";
import { searchKey } from "./0002_search_key.ts";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	groups(table) {
		table.string("id", guid).primary();
		table.string("name", 256).notNullable();
		table.string("name_key", 768).notNullable().unique();
	},

	group_members(table) {
		table.string("group_id", guid).notNullable();
		table.string("principal", principal).notNullable();
		table.primary(["group_id", "principal"]);
		table.index(["principal", "group_id"]);
	},

	/** scope: `everybody`, `domain:…`, a user's URI */
	policies(table) {
		table.string("scope", principal).primary();
		table.boolean("enabled").notNullable();
		table.boolean("admit").notNullable();
	},

	administrators(table) {
		table.string("principal", principal).primary();
	},
};

const columns: readonly {
	readonly table: string;
	readonly name: string;
	define(table: Knex.AlterTableBuilder): void;
}[] = [
	{
		table: "users",
		name: "domain",
		define: (table) =>
			table.string("domain", principal).notNullable().defaultTo(""),
	},
	{
		/** Display name, URI and e-mail address, in the form that is searched without case. */
		table: "users",
		name: "search_key",
		define: (table) => table.text("search_key").nullable(),
	},
	{
		table: "rooms",
		name: "add_in_name",
		define: (table) => table.string("add_in_name", 256).nullable(),
	},
	{
		table: "rooms",
		name: "add_in_url",
		define: (table) => table.string("add_in_url", 2_048).nullable(),
	},
	{
		/** What must be unique: the `name_key`, or for a secret room something that is. */
		table: "rooms",
		name: "unique_key",
		define: (table) => table.string("unique_key", 768).nullable(),
	},
	{
		/** Users, not sessions. */
		table: "rooms",
		name: "participants",
		define: (table) => table.integer("participants").notNullable().defaultTo(0),
	},
	{
		table: "rooms",
		name: "roster_hidden",
		define: (table) =>
			table.boolean("roster_hidden").notNullable().defaultTo(false),
	},
	{
		table: "room_roles",
		name: "granted_by",
		define: (table) =>
			table.string("granted_by", principal).notNullable().defaultTo(""),
	},
	{
		table: "room_roles",
		name: "granted_at",
		define: (table) =>
			table.bigInteger("granted_at").notNullable().defaultTo(0),
	},
	{
		table: "participants",
		name: "display_name",
		define: (table) =>
			table.string("display_name", 256).notNullable().defaultTo(""),
	},
	{
		table: "participants",
		name: "guid",
		define: (table) => table.string("guid", guid).notNullable().defaultTo(""),
	},
	{
		/** Bits: 1 member, 2 manager, 4 presenter, 8 administrator. */
		table: "participants",
		name: "standing",
		define: (table) => table.integer("standing").notNullable().defaultTo(0),
	},
];

const domainIndex = "users_domain_index";

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, tables);
	for (const { table, name, define } of columns) {
		if (await knex.schema.hasColumn(table, name)) continue;
		await knex.schema.alterTable(table, define);
	}
	if (!(await hasIndex(knex, "users", domainIndex))) {
		await knex.schema.alterTable("users", (table) => {
			table.index(["domain"], domainIndex);
		});
	}
	await knex("rooms").update({ unique_key: knex.ref("name_key") });
	await knex("rooms")
		.where({ privacy: "secret" })
		.update({ unique_key: knex.ref("id") });
	await setCounts(knex);
	await describeUsers(knex);
	await moveUniqueness(knex, "name_key", "unique_key");
	if ((await knex("users").first("uri")) !== undefined) {
		await knex("policies")
			.insert({ scope: "everybody", enabled: true, admit: false })
			.onConflict("scope")
			.ignore();
	}
}

/** Secret rooms that share a name with others must be renamed before. */
export async function down(knex: Knex): Promise<void> {
	await moveUniqueness(knex, "unique_key", "name_key");
	for (const { table, name } of [...columns].reverse()) {
		if (!(await knex.schema.hasColumn(table, name))) continue;
		await knex.schema.alterTable(table, (altered) => {
			altered.dropColumn(name);
		});
	}
	for (const name of Object.keys(tables).reverse()) {
		await knex.schema.dropTableIfExists(name);
	}
}

async function describeUsers(knex: Knex): Promise<void> {
	const users: readonly {
		uri: string;
		display_name: string;
		email: string | null;
	}[] = await knex("users").select("uri", "display_name", "email");
	for (const { uri, display_name, email } of users) {
		const words = `${display_name} ${uri} ${email ?? ""}`;
		await knex("users")
			.where({ uri })
			.update({
				domain: uri.slice(uri.lastIndexOf("@") + 1),
				search_key: searchKey(words),
			});
	}
}

async function setCounts(knex: Knex): Promise<void> {
	const counts: readonly { room_id: string; users: number }[] = await knex(
		"participants",
	)
		.select("room_id")
		.countDistinct({ users: "user_uri" })
		.groupBy("room_id");
	for (const { room_id, users } of counts) {
		await knex("rooms").where({ id: room_id }).update({ participants: users });
	}
}

/** An index that is there already, or gone already, is left so: an interrupted change is finished. */
async function moveUniqueness(
	knex: Knex,
	from: string,
	to: string,
): Promise<void> {
	const index = (column: string) => `rooms_${column}_unique`;
	if (!(await hasIndex(knex, "rooms", index(to)))) {
		await knex.schema.alterTable("rooms", (table) => {
			table.unique([to], { indexName: index(to) });
		});
	}
	if (await hasIndex(knex, "rooms", index(from))) {
		await knex.schema.alterTable("rooms", (table) => {
			table.dropUnique([from], index(from));
		});
	}
	const plain = `rooms_${from}_index`;
	if (from === "name_key" && !(await hasIndex(knex, "rooms", plain))) {
		await knex.schema.alterTable("rooms", (table) => {
			table.index([from], plain);
		});
	}
	if (
		to === "name_key" &&
		(await hasIndex(knex, "rooms", "rooms_name_key_index"))
	) {
		await knex.schema.alterTable("rooms", (table) => {
			table.dropIndex([to], "rooms_name_key_index");
		});
	}
}

async function hasIndex(
	knex: Knex,
	tableName: string,
	name: string,
): Promise<boolean> {
	const mysql = knex.client.driverName === "mysql2";
	const found = mysql
		? await knex("information_schema.statistics")
				.whereRaw("table_schema = database()")
				.where({ table_name: tableName, index_name: name })
				.first("index_name")
		: await knex("sqlite_master").where({ type: "index", name }).first("name");
	return found !== undefined;
}
