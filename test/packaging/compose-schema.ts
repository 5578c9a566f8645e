/** What of the Compose specification compose.yaml uses, and no more: a misspelt key is refused as an engine would. */
import { z } from "zod";

const duration = z.string().regex(/^\d+(ms|s|m|h)$/);
const command = z.array(z.string()).min(1);

const service = z.strictObject({
	image: z.string().regex(/^[\w./-]+(:[\w.${}:-]+)?$/),
	build: z.string().optional(),
	restart: z.enum(["no", "always", "on-failure", "unless-stopped"]),
	command: command.optional(),
	depends_on: z
		.record(
			z.string(),
			z.strictObject({
				condition: z.enum([
					"service_started",
					"service_healthy",
					"service_completed_successfully",
				]),
			}),
		)
		.optional(),
	environment: z
		.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string())
		.optional(),
	ports: z
		.array(z.string().regex(/^([\d.]+:)?\d+:\d+(\/(udp|tcp))?$/))
		.optional(),
	volumes: z.array(z.string().regex(/^[\w.-]+:\/[\w/.-]+(:ro)?$/)).optional(),
	networks: z.array(z.string()).min(1),
	healthcheck: z
		.strictObject({
			test: z.tuple([z.enum(["CMD", "CMD-SHELL"])]).rest(z.string()),
			interval: duration,
			timeout: duration,
			start_period: duration.optional(),
			retries: z.int().min(1),
		})
		.optional(),
	read_only: z.boolean().optional(),
	tmpfs: z.array(z.string().startsWith("/")).optional(),
	cap_drop: z.array(z.string()).optional(),
	security_opt: z.array(z.string()).optional(),
	stop_grace_period: duration.optional(),
	logging: z.strictObject({
		driver: z.string(),
		options: z.record(z.string(), z.string()),
	}),
	profiles: z.array(z.string()).min(1).optional(),
});

export const compose = z.strictObject({
	name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
	"x-log": z.unknown(),
	"x-chat": z.unknown(),
	"x-settings": z.unknown(),
	services: z.record(z.string(), service),
	networks: z.record(
		z.string(),
		z
			.strictObject({
				internal: z.boolean().optional(),
				ipam: z
					.strictObject({
						config: z.array(
							z.strictObject({ subnet: z.string(), gateway: z.string() }),
						),
					})
					.optional(),
			})
			.nullable(),
	),
	volumes: z.record(z.string(), z.null()),
});

/** What is laid over it. */
export const kamailioCompose = z.strictObject({
	services: z.record(
		z.string(),
		service.extend({
			image: service.shape.image.optional(),
			restart: service.shape.restart.optional(),
			logging: service.shape.logging.optional(),
			network_mode: z.literal("host").optional(),
			networks: z
				.record(
					z.string(),
					z.strictObject({ ipv4_address: z.ipv4().optional() }),
				)
				.optional(),
			volumes: z
				.array(z.string().regex(/^\.\/[\w-]+:\/[\w/-]+:ro$/))
				.optional(),
		}),
	),
});
