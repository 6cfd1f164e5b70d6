/**
 * The physical name of a part, such as `sync`. Names are fixed, so that the documentation, the AWS console and an
 * alarm's message name the same thing.
 */
export function nameOf(part: string): string {
  return `${$app.name}-${$app.stage}-${part}`;
}

/** The name of what a deployment has once: the bus, its archive. */
export function deploymentName(): string {
  return `${$app.name}-${$app.stage}`;
}
