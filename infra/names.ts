/** Physical names: fixed, so that the documentation, the AWS console and a message about an alarm can name the same thing. */

/** Takes what a resource is within this deployment (`sync`, `alarms`); returns its name in AWS. */
export function nameOf(part: string): string {
  return `${$app.name}-${$app.stage}-${part}`;
}

/** Returns the name of what exists once per deployment: the bus and its archive. */
export function deploymentName(): string {
  return `${$app.name}-${$app.stage}`;
}
