/** A real file system with little room, which ends with what holds it: a tmpfs in a mount namespace of its own (Linux). */
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, start } from "./processes.ts";
import { temporaryDirectory } from "./service.ts";
import { until } from "./until.ts";

export interface SmallDisk {
	/** Where a program that was started by `within` finds it. */
	readonly inside: string;
	/** Where anybody else does; not for programs that resolve links. */
	readonly outside: string;
	/** A command that sees it at `inside`. */
	within(command: readonly string[]): readonly string[];
	/** Takes all room that is left, but for so many bytes. */
	fill(leftBytes?: number): void;
	/** Gives back what `fill` took. */
	makeRoom(): void;
	close(): Promise<void>;
}

const filler = "filler";
const blockBytes = 4_096;

/** Undefined where this user may make none. */
export async function openSmallDisk(
	bytes: number,
): Promise<SmallDisk | undefined> {
	const inside = temporaryDirectory("disk");
	const mount = `mount -t tmpfs -o size=${bytes} tmpfs "$0" && echo mounted && exec sleep infinity`;
	const holder = start(
		"unshare",
		["--user", "--map-root-user", "--mount", "sh", "-c", mount, inside],
		{ stdio: ["ignore", "pipe", "ignore"] },
	);
	if (!(await hasMounted(holder))) {
		await holder.stop("SIGKILL").catch(() => undefined);
		rmSync(inside, { recursive: true, force: true });
		return undefined;
	}
	const id = String(holder.child.pid);
	const outside = join("/proc", id, "root", inside);
	return {
		...{ inside, outside },
		within: (command) => [
			...["nsenter", "--preserve-credentials", "--user", "--mount"],
			...["--target", id, `--wd=${process.cwd()}`, "--", ...command],
		],
		fill(leftBytes = 0) {
			const { bavail, bsize } = statfsSync(outside);
			const taken = bavail * bsize - leftBytes;
			if (taken < 0) throw new Error(`Only ${bavail * bsize} bytes are left`);
			writeFileSync(
				join(outside, filler),
				Buffer.alloc(taken - (taken % blockBytes)),
			);
		},
		makeRoom: () => rmSync(join(outside, filler)),
		async close() {
			await holder.stop("SIGKILL");
			rmSync(inside, { recursive: true, force: true });
		},
	};
}

async function hasMounted({ child, ended }: Program): Promise<boolean> {
	let said = false;
	let over = false;
	child.stdout?.once("data", () => {
		said = true;
	});
	ended
		.catch(() => undefined)
		.finally(() => {
			over = true;
		});
	await until(() => said || over, { what: "the small disk" });
	return said;
}
