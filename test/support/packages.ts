/** The programs that the tests need beside Node, and how they come onto a Debian machine. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const needed = [
	{ program: "mariadbd", package: "mariadb-server" },
	{ program: "redis-server", package: "redis-server" },
	{ program: "sipp", package: "sip-tester" },
	{ program: "xmllint", package: "libxml2-utils" },
	{ program: "xsltproc", package: "xsltproc" },
	{ program: "chromium", package: "chromium" },
	{ program: "sqlite3", package: "sqlite3" },
	{ program: "faketime", package: "faketime" },
	{ program: "baresip", package: "baresip-core" },
	// Kamailio itself comes with it.
	{ program: "kamailio", package: "kamailio-tls-modules" },
] as const;

/** `sbin` too: where Debian keeps servers, and where not every user's PATH leads. */
export function findProgram(name: string): string | undefined {
	const directories = (process.env.PATH ?? "").split(delimiter);
	return [...directories, "/usr/sbin", "/usr/local/sbin"]
		.filter((directory) => directory !== "")
		.map((directory) => join(directory, name))
		.find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

function missing(): (typeof needed)[number][] {
	return needed.filter(({ program }) => findProgram(program) === undefined);
}

/** Undefined when all is there, installed just now if need be; else what the user is to do. */
export function installMissing(): string | undefined {
	const lacking = missing();
	if (lacking.length === 0) return undefined;
	const packages = lacking.map((each) => each.package);
	const asRoot = waysToRoot();
	if (findProgram("apt-get") !== undefined && asRoot !== undefined) {
		console.log(`Installing ${packages.join(", ")} …`);
		const [command = "sh", ...args] = [
			...asRoot,
			...["sh", "-ec", installScript, "install", ...packages],
		];
		spawnSync(command, args, { stdio: "inherit" });
		if (missing().length === 0) return undefined;
	}
	return advice(packages);
}

/** What to put before a command so that root runs it; undefined when there is no way without a password. */
function waysToRoot(): readonly string[] | undefined {
	if (process.getuid?.() === 0) return [];
	if (findProgram("sudo") === undefined) return undefined;
	return spawnSync("sudo", ["-n", "true"]).status === 0
		? ["sudo", "-n"]
		: undefined;
}

/** policy-rc.d keeps the packages from starting their own servers: the tests start private ones. */
const installScript = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\\nexit 101\\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "$@"
`;

function advice(packages: readonly string[]): string {
	const programs = missing()
		.map((each) => each.program)
		.join(", ");
	const install = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
	return [
		`The tests need ${programs}, which this user may not install or this system does not have.`,
		"Run this once, then npm test again:",
		"",
		`    sudo apt-get update && sudo ${install}`,
		"",
		"(Elsewhere than on Debian and Ubuntu: install MariaDB's server, Redis, SIPp, xmllint, xsltproc, Chromium, faketime, baresip and Kamailio with TLS as that system has them.)",
	].join("\n");
}
