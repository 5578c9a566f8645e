/** The service's settings, for what goes without the service. */
import {
	type Configuration,
	ConfigurationError,
	readConfiguration,
} from "../../configuration/index.ts";
import type { DatabaseDescription } from "../../plugin/store/index.ts";
import { Misuse } from "../commands/command.ts";

export interface Settings {
	readonly config: string | undefined;
	readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Throws `Misuse` for settings with faults; `without` says how it goes without them. */
export function readSettings(
	{ config, environment }: Settings,
	without = "",
): Configuration {
	try {
		return readConfiguration(config, environment);
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		throw new Misuse(
			`The configuration has faults:\n  ${error.faults.join("\n  ")}\n${without}`.trim(),
			{ cause: error },
		);
	}
}

type Databases = Pick<Configuration, "compliance" | "database">;

export function chatDatabase({
	database: { url, file },
}: Pick<Databases, "database">): DatabaseDescription {
	return url === undefined
		? { client: "sqlite", file }
		: { client: "mysql", url, poolSize: 1 };
}

export function archiveDatabase({
	compliance,
	database,
}: Databases): DatabaseDescription {
	const url = compliance.database.url ?? database.url;
	return url === undefined
		? { client: "sqlite", file: compliance.database.file }
		: { client: "mysql", url, poolSize: 1 };
}
