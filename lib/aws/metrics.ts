import type { Metrics } from '../loop/dependencies.ts';
import type { Clock } from '../util/clock.ts';

const NAMESPACE = 'multisite-runcloud';

/**
 * Figures that alarms watch, and so metrics, which are paid by the month. The others are fields of the same line, which
 * the dashboard reads from the log.
 */
const METRICS: ReadonlySet<string> = new Set<keyof Metrics>([
  'ReconcileSucceeded',
  'HeldByBrake',
  'NeedsPerson',
  'NetworkRead',
  'CertificatesFailed',
  'CertificatesExpiring',
  'QuotaUsedPercent',
]);

/**
 * Emits metrics in CloudWatch's embedded metric format: CloudWatch makes metrics of a line of the log.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(
  stage: string,
  clock: Clock,
  write: (line: string) => void,
): (metrics: Metrics) => void {
  return (metrics) => {
    const names = Object.keys(metrics).filter((name) => METRICS.has(name));
    const Metrics = names.map((Name) => ({ Name, Unit: 'Count' }));
    const _aws = {
      Timestamp: clock.now(),
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [['Stage']], Metrics }],
    };
    write(`${JSON.stringify({ _aws, Stage: stage, ...metrics })}\n`);
  };
}
