/** Reads an event stream over a real socket, as a browser's EventSource does. */
import { type IncomingHttpHeaders, request } from "node:http";
import { until } from "../support/until.ts";
import type { Browser, Site } from "./site.ts";

export interface Told {
	readonly id: string;
	readonly event: string;
	readonly data: Record<string, unknown>;
}

export interface EventReader {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	/** Everything that came, as it came. */
	readonly text: () => string;
	readonly events: () => readonly Told[];
	readonly isClosed: () => boolean;
	/** The first event of this name that fits; waits for it. */
	told(
		event: string,
		fits?: (data: Told["data"]) => boolean,
	): Promise<Told["data"]>;
	/** Reads no more. */
	pause(): void;
	resume(): void;
	close(): void;
}

export async function readEvents(
	site: Pick<Site, "web">,
	{ cookies }: Browser,
	headers: Readonly<Record<string, string>> = {},
	path = "/api/events",
): Promise<EventReader> {
	const { hostname, port } = new URL(site.web.address);
	const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
	const asked = request({
		hostname,
		port,
		path,
		headers: { ...(cookie !== "" && { cookie }), ...headers },
		agent: false,
	});
	let text = "";
	let isClosed = false;
	asked.on("error", () => {
		isClosed = true;
	});
	const response = await new Promise<import("node:http").IncomingMessage>(
		(resolve, reject) => {
			asked.once("response", resolve);
			asked.once("error", reject);
			asked.end();
		},
	);
	response.setEncoding("utf8");
	response.on("data", (chunk) => {
		text += chunk;
	});
	response.on("error", () => {});
	response.on("close", () => {
		isClosed = true;
	});
	const reader: EventReader = {
		status: response.statusCode ?? 0,
		headers: response.headers,
		text: () => text,
		events: () => eventsIn(text),
		isClosed: () => isClosed,
		async told(event, fits = () => true) {
			const found = await until(
				() =>
					eventsIn(text).find((one) => one.event === event && fits(one.data)),
				{ what: `the event ${event} after ${text}` },
			);
			return found.data;
		},
		pause: () => response.pause(),
		resume: () => response.resume(),
		close: () => asked.destroy(),
	};
	if (reader.status === 200) await reader.told("ready");
	return reader;
}

function eventsIn(text: string): readonly Told[] {
	const whole = text.slice(0, text.lastIndexOf("\n\n") + 2);
	return whole.split("\n\n").flatMap((block) => {
		const field = (name: string) =>
			new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
		const [id, event, data] = [field("id"), field("event"), field("data")];
		if (id === undefined || event === undefined) return [];
		return [{ id, event, data: JSON.parse(data ?? "") }];
	});
}
