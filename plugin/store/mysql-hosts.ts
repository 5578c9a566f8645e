/** The hosts that a MySQL address names. */

/** The same address for each host that it names: `mysql://user:password@host:port,host:port/database`. */
export function serversOf(address: string): readonly string[] {
	const named = /^(mysql:\/\/(?:[^/?#]*@)?)([^@/?#]+)(\/.*)$/s.exec(address);
	const [, before = "", hosts = "", behind = ""] = named ?? [];
	return named === null
		? [address]
		: hosts.split(",").map((host) => `${before}${host}${behind}`);
}
