/** How a database is named in the configuration: the chat's, and the archive's. */
import { z } from "zod";
import { serversOf } from "../plugin/store/mysql-hosts.ts";

const mostServers = 9;

export const databaseFile = z
	.string()
	.min(1)
	.describe("The SQLite file; made when missing");

export const databaseUrl = z
	.string()
	.refine(
		isMysqlUrl,
		"must be like mysql://user:password@host:3306/database, perhaps with several hosts (host:3306,host:3306), with ?tls=on or nothing behind it",
	)
	.optional()
	.describe(
		"mysql://user:password@host:3306/database; ?tls=on encrypts; of several hosts (host:3306,host:3306) the first that can be written to is used",
	);

export const poolSize = z
	.int()
	.min(1)
	.max(500)
	.describe("Connections to MySQL at most");

function isMysqlUrl(text: string): boolean {
	const servers = serversOf(text);
	return servers.length <= mostServers && servers.every(isOneUrl);
}

function isOneUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, pathname, search } = new URL(text);
	return (
		protocol === "mysql:" &&
		hostname !== "" &&
		pathname.length > 1 &&
		/^(\?tls=(on|off))?$/.test(search)
	);
}
