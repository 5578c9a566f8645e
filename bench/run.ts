/** `npm run bench -- NAME [options]`: runs `bench/NAME.ts`. */
const [name] = process.argv.splice(2, 1);
const known = [
	"files",
	"uploads",
	"search",
	"large-room",
	"stalls",
	"posting",
	"overload",
	"fan-out",
	"rooms",
	"quiet",
	"history",
	"sign-in",
	"users",
	"pool",
	"compliance",
	"compliance-cost",
];

if (name !== undefined && known.includes(name)) {
	await import(`./${name}.ts`);
} else {
	console.error(
		`npm run bench -- NAME [options], where NAME is one of: ${known.join(", ")}`,
	);
	process.exitCode = 2;
}
