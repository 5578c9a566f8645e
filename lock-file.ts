/** One process on one SQLite file: a file beside the database names the process that has it. */
import {
	linkSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Another process, which is alive, has the database. */
export class DatabaseInUse extends Error {
	override readonly name = "DatabaseInUse";

	constructor(database: string, lock: string, pid: number) {
		super(
			`The database ${database} is in use by process ${pid}, as ${lock} says. Stop that process, or give this one a database of its own with PERSISTENT_CHAT_DATABASE_FILE (database.file).`,
		);
	}
}

/**
 * Takes the lock of a SQLite file whose directory exists; what it gives releases it. A lock whose process has died is
 * taken over. Throws `DatabaseInUse`.
 */
export function lockDatabase(database: string): () => void {
	const lock = `${truePath(database)}.lock`;
	const mine = describe(process.pid);
	// Written elsewhere and linked, so that no lock is ever seen half written.
	const draft = `${lock}.${process.pid}`;
	writeFileSync(draft, mine, { mode: 0o600 });
	try {
		while (!link(draft, lock)) {
			const holder = read(lock);
			if (holder === undefined) continue;
			const pid = Number.parseInt(holder, 10);
			if (isAlive(pid, holder)) throw new DatabaseInUse(database, lock, pid);
			discard(lock, holder);
		}
	} finally {
		rmSync(draft, { force: true });
	}
	return () => {
		if (read(lock) === mine) rmSync(lock, { force: true });
	};
}

/** The same for every path that leads to the file. */
function truePath(file: string): string {
	try {
		return realpathSync(file);
	} catch {
		return join(realpathSync(dirname(file)), basename(file));
	}
}

/** The process, and when it began: a number alone comes again, in containers with nearly every start. */
function describe(pid: number): string {
	return `${pid}\n${beginning(pid)}\n`;
}

/** When the process began, in ticks of which boot; empty where the system does not say so (elsewhere than on Linux). */
function beginning(pid: number): string {
	try {
		const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// After the name in parentheses, which may hold anything; the start is the 22nd field.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		// Dead, though nobody has asked yet how it ended.
		return fields[0] === "Z" ? "dead" : `${boot} ${fields[19]}`;
	} catch {
		return "";
	}
}

function isAlive(pid: number, description: string): boolean {
	if (!(pid > 0) || !exists(pid)) return false;
	const now = describe(pid);
	const comparable = beginning(pid) !== "" && description.trim().includes("\n");
	return comparable ? now === description : pid !== process.pid;
}

function exists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) === "EPERM";
	}
}

/** False when there is one already. */
function link(from: string, to: string): boolean {
	try {
		linkSync(from, to);
		return true;
	} catch (error) {
		if (codeOf(error) === "EEXIST") return false;
		throw error;
	}
}

function read(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

/** Removes a dead process's lock, unless another process was quicker and the lock is its own by now. */
function discard(lock: string, holder: string): void {
	const aside = `${lock}.${process.pid}.old`;
	try {
		renameSync(lock, aside);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return;
		throw error;
	}
	if (read(aside) !== holder) link(aside, lock);
	rmSync(aside, { force: true });
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && "code" in error ? error.code : undefined;
}
