/** The store's contract, on each database that we support. */
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { type StoreUnderTest, storeContract } from "./store.ts";

storeContract("SQLite", () => open(freshSqlite));
storeContract("MariaDB", () => open(freshMysql));

async function open(
	fresh: () => Promise<FreshDatabase>,
): Promise<StoreUnderTest> {
	const database = await fresh();
	const connected: Knex[] = [];
	const connect = async (): Promise<Store> => {
		const knex = makeDatabase(database.description);
		connected.push(knex);
		return openStore(knex);
	};
	const close = async () => {
		await Promise.all(connected.map((each) => each.destroy()));
		await database.drop();
	};
	const store = await connect().catch(async (error: unknown) => {
		await close();
		throw error;
	});
	const [knex] = connected;
	if (knex === undefined) throw new Error("not connected");
	return {
		store,
		knex,
		another: connect,
		close,
	};
}
