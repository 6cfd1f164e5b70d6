/** Figures for alarms, in CloudWatch's embedded metric format: one line of the log, which CloudWatch reads as metrics. */

import type { Metrics } from '../loop/dependencies.ts';
import type { Clock } from '../util/clock.ts';

export const NAMESPACE = 'multisite-runcloud';

/**
 * Takes the stage, the clock and where lines go; returns what measures.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(
  stage: string,
  clock: Clock,
  write: (line: string) => void,
): (metrics: Metrics) => void {
  return (metrics) => {
    const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' }));
    const _aws = {
      Timestamp: clock.now(),
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [['Stage']], Metrics }],
    };
    write(`${JSON.stringify({ _aws, Stage: stage, ...metrics })}\n`);
  };
}
