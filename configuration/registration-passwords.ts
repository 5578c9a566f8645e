/** Passwords for registrars, from where they are kept: a file, or an environment variable that the operator names. */
import { readFileSync } from "node:fs";

type Settings = Record<string, unknown>;

/** Puts each password in the place of what says where it is; gives the variables that were named. */
export function fillPasswords(
	given: Settings,
	environment: Readonly<Record<string, string | undefined>>,
	faults: string[],
): ReadonlySet<string> {
	const named = new Set<string>();
	const service = given.service as Settings | undefined;
	if (!Array.isArray(service?.registrations)) return named;
	service.registrations = service.registrations.map(
		(registration: unknown, index) => {
			if (typeof registration !== "object" || registration === null) {
				return registration;
			}
			const { passwordFile, passwordVariable, ...rest } =
				registration as Settings;
			const path = `service.registrations.${index}`;
			if (passwordVariable !== undefined && passwordFile !== undefined) {
				faults.push(
					`${path}: passwordFile and passwordVariable are both said; say one`,
				);
			} else if (typeof passwordVariable === "string") {
				named.add(passwordVariable);
				const password = environment[passwordVariable];
				if (password) return { ...rest, password };
				faults.push(`${path}.passwordVariable: ${passwordVariable} is not set`);
			} else if (typeof passwordFile === "string") {
				const password = readPassword(passwordFile);
				if (password !== undefined) return { ...rest, password };
				faults.push(
					`${path}.passwordFile: ${passwordFile} cannot be read, or is empty`,
				);
			}
			return rest;
		},
	);
	return named;
}

/** Whoever else may read it is not looked at: containers have their secrets by files that all in them can read. */
function readPassword(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8").replace(/\r?\n$/, "") || undefined;
	} catch {
		return undefined;
	}
}
