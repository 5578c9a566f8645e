/** The files for containers and systemd: whole in themselves, and agreeing with each other and with the settings. No container engine is asked. */
import { deepEqual, equal, match, notDeepEqual, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readConfiguration } from "../../configuration/index.ts";
import { findProgram } from "../support/packages.ts";
import { compose, kamailioCompose } from "./compose-schema.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = (path: string) => readFileSync(join(root, path), "utf8");
const lines = (path: string) =>
	text(path)
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"));
const composed = text("compose.yaml");
const { services, networks, volumes } = compose.parse(
	parse(composed, { merge: true }),
);
/** `NAME=value` of .env.example. */
const example = new Map(
	lines(".env.example").map((line) => {
		const [name = "", value = ""] = line.split(/=(.*)/);
		return [name, value] as const;
	}),
);

/** As compose replaces them: `${X}`, `${X:-otherwise}`, `${X:?why}`; `$$` is a dollar. */
function interpolated(value: string, given: ReadonlyMap<string, string>) {
	return value
		.replace(
			/(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g,
			(_, name: string, sign?: string, other = "") => {
				const found = given.get(name) ?? "";
				if (found !== "") return found;
				if (sign === "?") throw new Error(`${name} is not set: ${other}`);
				return sign === "-" ? other : "";
			},
		)
		.replaceAll("$$", "$");
}

describe("compose.yaml", () => {
	it("names networks, volumes and services that there are, each of them used", () => {
		const used = Object.values(services);
		deepEqual(
			new Set(used.flatMap((service) => service.networks)),
			new Set(Object.keys(networks)),
		);
		const named = used
			.flatMap((service) => service.volumes ?? [])
			.map((volume) => volume.split(":")[0]);
		deepEqual(new Set(named), new Set(Object.keys(volumes)));
		for (const [name, { depends_on: needed = {} }] of Object.entries(
			services,
		)) {
			for (const [other, { condition }] of Object.entries(needed)) {
				const service = services[other];
				ok(service, `${name} depends on ${other}`);
				// An image that is built here has its own: see below.
				if (condition === "service_healthy") {
					ok(service.healthcheck ?? service.build, other);
				}
			}
		}
	});

	it("asks for no variable that .env.example does not explain, and explains none for nothing", () => {
		const asked = [...composed.matchAll(/(?<!\$)\$\{(\w+)(:-[^}]+)?/g)];
		const needed = asked.filter(([, , otherwise]) => otherwise === undefined);
		deepEqual(new Set(needed.map(([, name]) => name)), new Set(example.keys()));
	});

	it("starts nothing with a secret that nobody has made up", () => {
		const secrets = [...example.keys()].filter((name) =>
			/SECRET|PASSWORD|TOKEN/.test(name),
		);
		ok(secrets.length >= 4);
		for (const name of secrets) {
			equal(example.get(name), "");
			match(composed, new RegExp(`\\$\\{${name}:\\?`));
		}
	});

	const nodes = ["chat-1", "chat-2"];

	/** As that node is told. */
	function configurationOf(node: string) {
		const given = new Map(
			[...example].map(([name, value]) => [
				name,
				value || "s3cret-of-16-and-more",
			]),
		).set("SIP_TRUSTED_PEERS", "");
		const environment = Object.fromEntries(
			Object.entries(services[node]?.environment ?? {}).map(([name, value]) => [
				name,
				interpolated(value, given),
			]),
		);
		return readConfiguration(undefined, environment);
	}

	it("gives each node settings that it takes", () => {
		for (const node of nodes) {
			const configuration = configurationOf(node);
			equal(configuration.service.node, node);
			equal(configuration.drachtio.host, "drachtio");
			equal(
				configuration.database.url,
				"mysql://chat:s3cret-of-16-and-more@database:3306/chat",
			);
			deepEqual(configuration.service.trustedPeers, []);
			deepEqual(configuration.web.trustedProxies, ["172.30.20.1"]);
			for (const url of [
				configuration.compliance.redis,
				configuration.service.redis,
			]) {
				ok(services[new URL(url ?? "").hostname]);
			}
		}
	});

	it("gives the nodes the same settings and files, but a name, a socket and a port of their own", () => {
		const [one, two] = nodes.map((node) => configurationOf(node));
		deepEqual({ ...one?.service, node: "" }, { ...two?.service, node: "" });
		deepEqual({ ...one, service: undefined }, { ...two, service: undefined });
		const [first, second] = nodes.map((node) => services[node]);
		deepEqual(first?.volumes, second?.volumes);
		// What a socket is reached by is in no volume.
		ok(one?.operator.socket?.startsWith("/tmp/"));
		ok(first?.tmpfs?.includes("/tmp") && second?.tmpfs?.includes("/tmp"));
		notDeepEqual(first?.ports, second?.ports);
	});

	it("opens the control port to nobody but the service, and the databases to none outside", () => {
		const ofControl = Object.entries(services)
			.filter(([, service]) => service.networks.includes("control"))
			.map(([name]) => name);
		deepEqual(ofControl, ["drachtio", ...nodes]);
		equal(networks.control?.internal, true);
		equal(networks.data?.internal, true);
		for (const name of ["database", "redis"]) {
			deepEqual(services[name]?.networks, ["data"]);
			equal(services[name]?.ports, undefined);
		}
		for (const port of services.drachtio?.ports ?? []) {
			match(port, /^5060:5060\//);
		}
	});
});

describe("compose.kamailio.yaml", () => {
	const over = kamailioCompose.parse(
		parse(text("compose.kamailio.yaml"), {
			merge: true,
			customTags: [{ tag: "!reset", collection: "seq" }],
		}),
	).services;

	it("changes services that there are, and takes from drachtio-server what clients reach", () => {
		const others = Object.keys(over).filter((name) => name !== "kamailio");
		for (const name of others) ok(services[name], name);
		deepEqual(over.drachtio?.ports, []);
	});

	it("has Kamailio and drachtio-server meet on the network of compose.yaml, and believed there alone", () => {
		const [{ subnet, gateway } = { subnet: "", gateway: "" }] =
			networks.sip?.ipam?.config ?? [];
		const inner = "172.30.22.1";
		equal(gateway, inner);
		const own = Object.values(over.drachtio?.networks ?? {})
			.map((network) => network.ipv4_address)
			.find((address) => address !== undefined);
		equal(own?.replace(/\d+$/, "0/24"), subnet);
		ok(over.drachtio?.command?.includes(`sip:${own};transport=tcp`));
		match(text("examples/kamailio/Dockerfile"), new RegExp(`sip:${own}:5060`));
		for (const node of ["chat-1", "chat-2"]) {
			const { environment = {} } = over[node] ?? {};
			equal(environment.PERSISTENT_CHAT_SERVICE_TRUSTED_PEERS, inner);
			readConfiguration(undefined, environment);
		}
	});

	it("starts Kamailio with the example's configuration, as that takes it", () => {
		const { command: [, ...args] = [] } = over.kamailio ?? {};
		const given = new Map([
			["CHAT_DOMAIN", "example.com"],
			["SIP_ADDRESS", "192.0.2.10"],
		]);
		const flags = args
			.slice(args.indexOf("-A"))
			.map((each) => interpolated(each, given));
		const sealed = ["-A", `SECRET="${"0".repeat(64)}"`];
		const checked = spawnSync(
			findProgram("kamailio") ?? "kamailio",
			[
				"-c",
				"-f",
				join(root, "examples/kamailio/kamailio.cfg"),
				...flags,
				...sealed,
			],
			{ encoding: "utf8" },
		);
		match(checked.stderr, /config file ok/);
	});
});

describe("Dockerfile", () => {
	const steps = text("Dockerfile")
		.replace(/\\\n/g, " ")
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"));
	const final = steps.slice(
		steps.findLastIndex((step) => step.startsWith("FROM ")),
	);

	it("copies what there is, or what the build makes, and starts that", () => {
		const ignored = lines(".dockerignore");
		for (const step of steps.filter((one) => one.startsWith("COPY "))) {
			const sources = step.split(/\s+/).slice(1, -1);
			for (const source of sources) {
				if (source.startsWith("--from=")) continue;
				const path = source.replace("/build/", "");
				if (["dist", "node_modules"].includes(path)) continue;
				ok(existsSync(join(root, path)), `${path} is not there`);
				equal(ignored.includes(path), false, `${path} is ignored`);
			}
		}
		const { scripts } = JSON.parse(text("package.json")) as {
			readonly scripts: Readonly<Record<string, string>>;
		};
		ok(scripts.build);
		ok(existsSync(join(root, "app.ts")));
	});

	it("runs as a user without rights, without a shell, and looks after itself", () => {
		const at = (start: string) =>
			final.findIndex((step) => step.startsWith(start));
		equal(final[at("USER")], "USER node");
		ok(at("USER") < at("ENTRYPOINT"));
		match(final[at("ENTRYPOINT")] ?? "", /^ENTRYPOINT \["node", .*app\.js"\]$/);
		match(final[at("HEALTHCHECK")] ?? "", /\/health\/ready/);
		equal(
			final.some((step) => /^(RUN|ADD).*(curl|wget|npm )/.test(step)),
			false,
		);
	});

	it("keeps what is to last where compose.yaml mounts a volume", () => {
		const volume = final.find((step) => step.startsWith("VOLUME "));
		const exposed = final.find((step) => step.startsWith("EXPOSE "));
		for (const node of [services["chat-1"], services["chat-2"]]) {
			deepEqual(node?.volumes, [`chat:${volume?.slice(7)}`]);
			equal(`EXPOSE ${node?.ports?.[0]?.split(":").at(-1)}`, exposed);
		}
	});
});

describe("the systemd unit", () => {
	const unit = lines("examples/systemd/persistent-chat.service");

	it("gives the process no right that it does not need", () => {
		for (const line of [
			"User=persistent-chat",
			"NoNewPrivileges=yes",
			"ProtectSystem=strict",
			"CapabilityBoundingSet=",
			"UMask=0077",
		]) {
			ok(unit.includes(line), line);
		}
		equal(unit.includes("MemoryDenyWriteExecute=yes"), false);
	});

	it("starts what the build makes, with its settings from a file", () => {
		const start = unit.find((line) => line.startsWith("ExecStart=")) ?? "";
		match(start, /\/opt\/persistent-chat\/dist\/app\.js --config \/etc\//);
	});
});
