/** Some of the properties of an object, for records of what has changed. */
export function pick<T extends object>(from: T, names: readonly (keyof T)[]) {
	return Object.fromEntries(
		names.map((name) => [name, from[name]]),
	) as Partial<T>;
}
