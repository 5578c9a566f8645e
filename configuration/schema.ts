/** What may be said in the configuration, with each default beside its field. */
import { z } from "zod";
import { defaultNode, serviceSchema } from "../plugin/options.ts";
import { webSchema } from "../web/options.ts";
import { archivingSchema, isSaid } from "./compliance.ts";
import { databaseFile, databaseUrl, poolSize } from "./database.ts";

const port = z.int().min(0).max(65_535);

export const schema = z.strictObject({
	service: serviceSchema.prefault({}),
	compliance: archivingSchema.prefault({}),
	drachtio: z
		.strictObject({
			host: z
				.string()
				.optional()
				.describe(
					"Address of a drachtio-server's control port; without it, the embedded SIP edge is started",
				),
			port: port.default(9022).describe("Its port"),
			secret: z
				.string()
				.min(1)
				.optional()
				.describe(
					"Its secret; default cymru, drachtio's own; the embedded edge makes one up",
				),
			others: z
				.array(
					z.strictObject({
						host: z.string().describe("Address of its control port"),
						port: port.default(9022).describe("Its port"),
						secret: z
							.string()
							.min(1)
							.optional()
							.describe("Its secret; default: that of the first"),
					}),
				)
				.max(15)
				.default([])
				.describe(
					"Further drachtio-servers that this node is beside, in the file only (docs/pool.md); `drachtio` may also be a list of all of them",
				),
		})
		.prefault({}),
	edge: z
		.strictObject({
			host: z
				.string()
				.default("127.0.0.1")
				.describe(
					"Where the embedded SIP edge listens; 0.0.0.0 for everywhere",
				),
			sipPort: port.default(5060).describe("SIP over UDP and TCP"),
			wsPort: port.default(8088).describe("SIP over WebSocket"),
			controlPort: port
				.default(9022)
				.describe("drachtio's control protocol, always on the loopback"),
		})
		.prefault({}),
	database: z
		.strictObject({
			client: z
				.enum(["sqlite", "mysql"])
				.default("sqlite")
				.describe("mysql: MySQL or MariaDB; sqlite: an embedded file"),
			file: databaseFile.default("./data/persistent-chat.sqlite"),
			url: databaseUrl,
			poolSize: poolSize.default(10),
			replica: z
				.strictObject({
					url: databaseUrl.describe(
						"Read-only replica for history and message search, like mysql://user:password@host:3306/database; several hosts (host:3306,host:3306) are several replicas (docs/scale.md)",
					),
					poolSize: poolSize
						.default(10)
						.describe("Connections to each replica at most"),
				})
				.prefault({}),
		})
		.prefault({})
		.refine(
			({ client, url }) => client !== "mysql" || url !== undefined,
			"the client mysql needs a url",
		)
		.refine(({ client, url }) => client === "mysql" || url === undefined, {
			path: ["url"],
			message:
				"is for mysql: set database.client (PERSISTENT_CHAT_DATABASE_CLIENT) to mysql too",
		})
		.refine(
			({ client, replica }) => client === "mysql" || replica.url === undefined,
			{
				path: ["replica", "url"],
				message:
					"is for mysql: an SQLite file has no replicas that could answer in its place",
			},
		),
	web: webSchema.prefault({}),
	operator: z
		.strictObject({
			socket: z
				.string()
				.min(1)
				.optional()
				.describe(
					"The socket of the command persistent-chat, for the user who runs the service only; default: beside the SQLite file, or ./data/persistent-chat.sock; none: no such socket",
				),
		})
		.prefault({}),
	demo: z
		.boolean()
		.optional()
		.describe(
			"Put demo users and rooms into an empty SQLite database; default: only where the embedded SIP edge is started",
		),
	tracing: z
		.strictObject({
			endpoint: z
				.url({ protocol: /^https?$/ })
				.optional()
				.describe(
					"Where OpenTelemetry traces go by OTLP over HTTP, like http://collector.example.com:4318/v1/traces; without it none are made",
				),
			headers: z
				.record(z.string().regex(/^[\w-]+$/), z.string())
				.default({})
				.describe("Sent along, for a collector that wants to know who sends"),
			share: z
				.number()
				.min(0)
				.max(1)
				.default(0.01)
				.describe(
					"Of so many of the requests: 1 for all, which costs; 0 for none but those that other nodes trace",
				),
		})
		.prefault({}),
	log: z
		.strictObject({
			level: z
				.enum(["trace", "debug", "info", "warn", "error", "fatal"])
				.optional()
				.describe("default: info with a drachtio-server, warn without"),
		})
		.prefault({}),
});

/** What one section says of another. */
export const wholeSchema = schema
	// Several nodes may share a MySQL database, and each parts only the people that it left behind itself.
	.refine(
		({ database, service }) =>
			database.client !== "mysql" || service.node !== defaultNode,
		{
			path: ["service", "node"],
			message:
				"with mysql each node needs a name of its own, the same at each start",
		},
	)
	// Nobody is to find out later that nothing was recorded.
	.refine(
		({ compliance, database, drachtio }) =>
			isSaid(compliance) ||
			(database.client === "sqlite" && drachtio.host === undefined),
		{
			path: ["compliance"],
			message:
				"say which adapters are fed, like compliance: jsonl; or that nothing is to be recorded, compliance: off (PERSISTENT_CHAT_COMPLIANCE)",
		},
	);

export interface Configuration extends z.output<typeof schema> {
	readonly demo: boolean;
}
