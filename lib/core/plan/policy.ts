/** How far a deployment may go: the one place that POLICY is asked in. */

export type Policy = 'observe' | 'create-only' | 'sync';
