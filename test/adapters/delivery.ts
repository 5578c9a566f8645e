/** What an adapter is given in tests: who is in the rooms, which files there are, and a log that is kept. */
import { Readable } from "node:stream";
import type { Delivery, Person } from "../../plugin/compliance/adapter.ts";

export interface LogLine {
	readonly level: "debug" | "info" | "warn" | "error";
	readonly fields: object;
	readonly message: string;
}

export interface TestDelivery extends Delivery {
	readonly lines: readonly LogLine[];
}

export interface DeliverySample {
	readonly key?: string;
	readonly attempt?: number;
	readonly replay?: boolean;
	readonly signal?: AbortSignal;
	/** By room id. */
	readonly present?: Readonly<Record<string, readonly Person[]>>;
	/** Their content, by SHA-256. */
	readonly files?: Readonly<Record<string, string>>;
}

export function delivery(sample: DeliverySample = {}): TestDelivery {
	const lines: LogLine[] = [];
	const at = (level: LogLine["level"]) => (fields: object, message: string) => {
		lines.push({ level, fields, message });
	};
	return {
		key: sample.key ?? "archive:1-1",
		attempt: sample.attempt ?? 1,
		replay: sample.replay ?? false,
		signal: sample.signal ?? new AbortController().signal,
		log: {
			debug: at("debug"),
			info: at("info"),
			warn: at("warn"),
			error: at("error"),
		},
		present: async (room) => sample.present?.[room] ?? [],
		open: async ({ sha256 }) => {
			const content = sample.files?.[sha256];
			if (content === undefined) throw new Error("There is no such file.");
			return Readable.from([Buffer.from(content)]);
		},
		lines,
	};
}
